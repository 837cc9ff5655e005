//! What both of Plue's servers have: where wallets sign in, and what is told of who did.

mod arguments;
pub use arguments::{SignInArguments, SignInAt};

mod forge;
pub use forge::{AUTH, USER_ADDRESS, USER_ASSERTION, refuse, remove_user, routes, with_code};

mod sign_in;
pub use sign_in::{SignIn, SignInError, SignInSettings};
