use std::sync::Arc;

use http::header::UPGRADE;
use http::{HeaderMap, Method, Uri};
use matchit::Router;

use super::canonical::is_canonical;
use super::cover::covers;
use super::pattern::{Pattern, Segment};
use super::reserved::Reserved;
use super::{Decision, Rule};
use crate::ConfigError;

/// [`Routes`](crate::Routes), ready to answer. A copy is another handle of the same table.
#[derive(Clone, Debug)]
pub struct RouteTable {
    table: Arc<Table>,
}

#[derive(Debug)]
struct Table {
    router: Router<Entry>,
    reserved: Reserved,
}

#[derive(Clone, Debug)]
struct Entry {
    decision: Decision,
    begins_with_wildcard: bool,
}

impl RouteTable {
    pub(super) fn new(rules: Vec<Rule>, reserved: &[String]) -> Result<Self, ConfigError> {
        let mut reserved = Reserved::new(reserved)?;
        let mut entries: Vec<(Pattern, Decision)> = Vec::new();
        for Rule { pattern, decision } in rules {
            add(&mut entries, Pattern::new(pattern)?, decision)?;
        }

        let (protected, public): (Vec<_>, Vec<_>) =
            entries.iter().partition(|(_, decision)| *decision == Decision::Protected);
        let protected: Vec<_> = protected.into_iter().map(|(pattern, _)| pattern.clone()).collect();
        for (public, _) in public {
            if protected.iter().any(|rule| covers(public, rule, &protected, &reserved)) {
                return Err(ConfigError::PublicCoversProtected);
            }
        }

        for pattern in protected {
            if let Segment::Name(name) = pattern.first() {
                reserved.insert(name);
            }
            for parent in pattern.parents() {
                let is_named = |(named, _): &(Pattern, _)| named.segments() == parent.segments();
                if !entries.iter().any(is_named) {
                    entries.push((parent, Decision::Protected));
                }
            }
        }

        let mut router = Router::new();
        for (pattern, decision) in entries {
            let begins_with_wildcard = pattern.first().is_wildcard();
            router
                .insert(pattern.as_str(), Entry { decision, begins_with_wildcard })
                .map_err(|_| ConfigError::RouteConflict)?;
        }
        Ok(Self { table: Arc::new(Table { router, reserved }) })
    }

    /// Whether this request needs no session. The target's path counts, in whatever form the target is,
    /// and its query does not.
    #[must_use]
    pub fn is_public(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
        self.allows(method, uri) && !headers.contains_key(UPGRADE)
    }

    /// As [`is_public`](Self::is_public), of a request without `Upgrade`.
    #[inline]
    pub(crate) fn allows(&self, method: &Method, uri: &Uri) -> bool {
        let Table { router, reserved } = &*self.table;
        let path = uri.path();
        if !is_canonical(path.as_bytes()) {
            return false;
        }
        let Ok(found) = router.at(path) else { return false };
        let Entry { decision, begins_with_wildcard } = found.value;
        let is_public = match decision {
            Decision::Protected => false,
            Decision::Public(methods) => methods.contains(method),
        };
        is_public && (!begins_with_wildcard || reserved.leaves(path))
    }
}

/// Adds what a rule says to what others say of the same pattern.
fn add(
    entries: &mut Vec<(Pattern, Decision)>,
    pattern: Pattern,
    decision: Decision,
) -> Result<(), ConfigError> {
    if let Decision::Public(methods) = &decision
        && (methods.is_empty() || methods.contains(&Method::CONNECT))
    {
        return Err(ConfigError::RouteMethods);
    }
    let same = entries.iter_mut().find(|(other, _)| other.segments() == pattern.segments());
    let Some((other, before)) = same else {
        entries.push((pattern, decision));
        return Ok(());
    };
    match (before, decision) {
        (Decision::Public(_), Decision::Protected) | (Decision::Protected, Decision::Public(_)) => {
            return Err(ConfigError::RouteTwice);
        }
        _ if other.as_str() != pattern.as_str() => return Err(ConfigError::RouteConflict),
        (Decision::Protected, Decision::Protected) => {}
        (Decision::Public(before), Decision::Public(more)) => {
            let more: Vec<_> = more.into_iter().filter(|method| !before.contains(method)).collect();
            before.extend(more);
        }
    }
    Ok(())
}
