use super::pattern::{Pattern, Segment};
use super::reserved::Reserved;

/// Whether a wildcard of a public pattern takes what a protected one names, so that what is beneath it is
/// public as soon as nobody thinks of naming it too.
///
/// It does not where all that is beneath the name is protected, by a name that is reserved or by a
/// `{*rest}`; and `{*rest}` is never public above or at what is protected.
pub(super) fn covers(
    public: &Pattern,
    protected: &Pattern,
    all_protected: &[Pattern],
    reserved: &Reserved,
) -> bool {
    // What both match, as far as both have been read.
    let mut common: Vec<Segment> = Vec::new();
    let mut rest = protected.segments().iter();
    for ours in public.segments() {
        let segment = match (ours, rest.next()) {
            // An exception that is named below what is protected.
            (_, Some(Segment::Rest)) => return false,
            (Segment::Rest, _) => return true,
            (_, None) => return false,
            (Segment::One, Some(Segment::Name(name))) => {
                // No wildcard takes the empty segment at the end.
                if name.is_empty() {
                    return false;
                }
                common.push(Segment::Name(name.clone()));
                return !is_all_protected(&common, public, all_protected, reserved);
            }
            (Segment::Name(ours), Some(Segment::Name(theirs))) if ours != theirs => return false,
            (Segment::Name(name), Some(_)) if name.is_empty() => return false,
            (ours, Some(_)) => ours,
        };
        common.push(segment.clone());
    }
    false
}

/// Whether another rule, which comes before this public one, protects all that is beneath these segments.
/// Not beside its `{*rest}`: that would be a list of exceptions.
fn is_all_protected(
    beneath: &[Segment],
    public: &Pattern,
    protected: &[Pattern],
    reserved: &Reserved,
) -> bool {
    let most = public.before_rest().map_or(usize::MAX, |before| before.len().saturating_sub(1));
    let is_reserved = || match (beneath, public.first()) {
        ([Segment::Name(name), ..], Segment::One) => reserved.contains(name.as_bytes()),
        _ => false,
    };
    let by_rule = |rule: &Pattern| {
        rule.before_rest().is_some_and(|before| {
            before.len() <= most && is_above(before, beneath) && comes_before(before, public)
        })
    };
    (most > 0 && is_reserved()) || protected.iter().any(by_rule)
}

/// Whether each path beneath the second is beneath the first.
fn is_above(above: &[Segment], beneath: &[Segment]) -> bool {
    above.len() <= beneath.len()
        && above.iter().zip(beneath).all(|pair| match pair {
            (Segment::One, Segment::Name(_)) => true,
            (above, beneath) => above == beneath,
        })
}

/// Whether the first segment in which these differ is a name, where the public pattern has a wildcard.
fn comes_before(segments: &[Segment], public: &Pattern) -> bool {
    let difference = segments.iter().zip(public.segments()).find(|(ours, theirs)| ours != theirs);
    matches!(difference, Some((Segment::Name(_), Segment::One)))
}
