//! What both of Plue's servers have: where wallets sign in.

mod arguments;
pub use arguments::{SignInArguments, SignInAt};

mod sign_in;
pub use sign_in::{SignIn, SignInError, SignInSettings};
