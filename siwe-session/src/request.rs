//! Whether a request was caused by a page of ours, as far as a browser tells.

use http::header::{HeaderMap, HeaderName, ORIGIN};

use crate::{Audience, SessionError};

/// Refuses a request that a page of another origin caused.
///
/// Browsers name the page in `Origin` with every request but plain GET and HEAD (Fetch standard,
/// §3.2), and in `Sec-Fetch-Site` how the page is related. What names neither is no browser.
pub(crate) fn check_origin(
    headers: &HeaderMap,
    audiences: &[Audience],
) -> Result<(), SessionError> {
    let mut origins = headers.get_all(ORIGIN).iter();
    if let Some(origin) = origins.next() {
        let is_ours = |audience: &Audience| origin.as_bytes() == audience.as_str().as_bytes();
        let is_alone = origins.next().is_none();
        // `null` is that of sandboxed frames, files and redirects: nobody's.
        return if is_alone && audiences.iter().any(is_ours) {
            Ok(())
        } else {
            Err(SessionError::CrossSite)
        };
    }
    let sites = headers.get_all(&SEC_FETCH_SITE);
    if sites.iter().all(|site| site == "same-origin" || site == "none") {
        Ok(())
    } else {
        Err(SessionError::CrossSite)
    }
}

/// Fetch Metadata, §2.4.
static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
