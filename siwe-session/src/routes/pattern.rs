use crate::ConfigError;
use crate::routes::canonical::is_canonical;

/// A path in which whole segments may be wildcards.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    text: String,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Segment {
    /// Itself. The empty one is behind the `/` at the end, or of `/` alone.
    Name(String),
    /// Any one segment that is not empty.
    One,
    /// The rest, which is not empty.
    Rest,
}

impl Pattern {
    pub(super) fn new(text: String) -> Result<Self, ConfigError> {
        let path = text.strip_prefix('/').ok_or(ConfigError::RoutePattern)?;
        let segments: Vec<_> = path.split('/').map(Segment::new).collect::<Result<_, _>>()?;
        let wildcards = segments.iter().filter(|segment| segment.is_wildcard()).count();
        let before_last = segments.split_last().map(|(_, before)| before).unwrap_or_default();
        if wildcards > WILDCARDS || before_last.contains(&Segment::Rest) {
            return Err(ConfigError::RoutePattern);
        }
        let example: Vec<_> = segments.iter().map(Segment::example).collect();
        if !is_canonical(format!("/{}", example.join("/")).as_bytes()) {
            return Err(ConfigError::RouteNotCanonical);
        }
        Ok(Self { text, segments })
    }

    /// As it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(super) fn first(&self) -> &Segment {
        self.segments.first().unwrap_or(&Segment::Rest)
    }

    /// The segments before the `{*rest}` at the end, if there is one.
    pub(super) fn before_rest(&self) -> Option<&[Segment]> {
        let (last, before) = self.segments.split_last()?;
        (*last == Segment::Rest).then_some(before)
    }

    /// For `/api/{*rest}`: `/api` and `/api/`, which it does not match. For `/{*rest}`: `/`.
    pub(super) fn parents(&self) -> Vec<Self> {
        let (Some(before), Some((text, _))) = (self.before_rest(), self.text.rsplit_once('/'))
        else {
            return Vec::new();
        };
        let mut with_slash = before.to_vec();
        with_slash.push(Segment::Name(String::new()));
        let mut parents = vec![Self { text: format!("{text}/"), segments: with_slash }];
        if !before.is_empty() {
            parents.push(Self { text: text.to_owned(), segments: before.to_vec() });
        }
        parents
    }
}

impl Segment {
    fn new(text: &str) -> Result<Self, ConfigError> {
        if !text.contains(['{', '}']) {
            return Ok(Self::Name(text.to_owned()));
        }
        let name = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        let name = name.ok_or(ConfigError::RoutePattern)?;
        let (name, wildcard) = match name.strip_prefix('*') {
            Some(name) => (name, Self::Rest),
            None => (name, Self::One),
        };
        let is_name =
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if name.is_empty() || !is_name {
            return Err(ConfigError::RoutePattern);
        }
        Ok(wildcard)
    }

    pub(super) fn is_wildcard(&self) -> bool {
        matches!(self, Self::One | Self::Rest)
    }

    /// One that it matches.
    fn example(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::One | Self::Rest => "x",
        }
    }
}

/// As many as a path can have for anybody; `matchit` panics from 26.
const WILDCARDS: usize = 16;
