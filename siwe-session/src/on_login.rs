use std::pin::Pin;

use crate::{Claims, Login, LoginDenied};

/// What the application says to a login, before there is a session.
pub(crate) type OnLogin = Box<dyn Fn(Login) -> OnLoginFuture + Send + Sync>;

type OnLoginFuture = Pin<Box<dyn Future<Output = Result<Claims, LoginDenied>> + Send>>;

pub(crate) fn boxed<F, Fut>(on_login: F) -> OnLogin
where
    F: Fn(Login) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Claims, LoginDenied>> + Send + 'static,
{
    Box::new(move |login| Box::pin(on_login(login)))
}
