//! What Plue's edges know of the forge, be they servers or Workers: no runtime, no clock, nothing that a
//! browser's engine has not.

mod headers;
pub use headers::{name_visitor, of_request, of_response, remove_own_cookies, remove_session};

pub mod page;

mod refusal;
pub use refusal::{refuse, with_code};

mod routes;
pub use routes::{AUTH, edge_routes, routes};

mod secrets;
pub use secrets::{SecretError, nonce_secrets, session_keys};

mod user;
pub use user::{OLD_SESSION_COOKIE, USER_ADDRESS, USER_ASSERTION, remove_user};
