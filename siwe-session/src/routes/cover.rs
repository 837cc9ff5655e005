use super::pattern::{Pattern, Segment};
use super::reserved::Reserved;

/// Whether a wildcard of a public pattern takes what a protected one names, so that what is beneath it is
/// public as soon as nobody thinks of naming it too.
///
/// It does not where all that is beneath the name is protected, by a name that is reserved or by a
/// `{*rest}`; but `{*rest}` is never public above, at or beside what is protected.
pub(super) fn covers(
    public: &Pattern,
    protected: &Pattern,
    all_protected: &[Pattern],
    reserved: &Reserved,
) -> bool {
    let mut ours = public.segments().iter().peekable();
    let mut theirs = protected.segments().iter();
    // The public pattern, as far as the other one matches the same.
    let mut beneath = Vec::new();
    while let Some(segment) = ours.next() {
        match (segment, theirs.next()) {
            // An exception that is named below what is protected.
            (_, Some(Segment::Rest)) => return false,
            (Segment::Rest, _) => return true,
            (_, None) => return false,
            (Segment::One, Some(Segment::Name(name))) => {
                beneath.push(Segment::Name(name.clone()));
                let before_rest = ours.peek().is_some_and(|next| **next == Segment::Rest);
                let is_protected = || is_all_protected(&beneath, all_protected, reserved);
                // No wildcard takes the empty segment at the end.
                return !name.is_empty() && (before_rest || !is_protected());
            }
            (Segment::Name(ours), Some(Segment::Name(theirs))) if ours != theirs => return false,
            (_, Some(_)) => beneath.push(segment.clone()),
        }
    }
    false
}

/// Whether all that is beneath these segments is protected, of which the last is a name. In the others they
/// are the public pattern's own, so that a rule that begins with all of them comes before it.
fn is_all_protected(beneath: &[Segment], protected: &[Pattern], reserved: &Reserved) -> bool {
    let is_reserved = match beneath {
        [Segment::Name(name)] => reserved.contains(name.as_bytes()),
        _ => false,
    };
    is_reserved || protected.iter().any(|rule| rule.before_rest() == Some(beneath))
}
