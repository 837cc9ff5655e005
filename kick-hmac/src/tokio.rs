use std::future::poll_fn;
use std::pin::pin;
use std::time::SystemTime;

use bytes::Buf;
use http::{HeaderMap, Method, Request};
use http_body::Body;
use tokio::time::timeout;

use crate::check::{Begun, Check};
use crate::{Delivery, KickHmac, Reservation, VerifyError};

impl KickHmac {
    /// Verifies a request, against the present time, and reserves its message: the form of the layer for
    /// a service without tower.
    ///
    /// It reads the body, within its limit and its deadline, once the head has passed. What it gives
    /// proves that Kick sent this, and that nobody has handled it or is handling it; tell the
    /// [`Reservation`] how the handling ended. It needs a Tokio runtime with time, and can be dropped at
    /// any time.
    ///
    /// # Errors
    ///
    /// The first of the checks that fails, in the order of [`VerifyError`].
    pub async fn authenticate<B: Body>(
        &self,
        request: Request<B>,
    ) -> Result<(Delivery, Reservation), VerifyError> {
        let (parts, body) = request.into_parts();
        let decision = match self.begin_request(&parts.method, &parts.headers, &body) {
            Ok(begun) => self.finish_request(begun, body).await,
            Err(error) => Err(error),
        };
        self.report(decision.as_ref().err());
        decision
    }

    /// What the head of a request tells.
    pub(crate) fn begin_request<B: Body>(
        &self,
        method: &Method,
        headers: &HeaderMap,
        body: &B,
    ) -> Result<Begun, VerifyError> {
        if method != Method::POST {
            return Err(VerifyError::WrongMethod);
        }
        let begun = self.check_head(self.headers(headers)?, now())?;
        // What is announced. What comes is counted.
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > self.settings().body_limit { Err(VerifyError::TooLarge) } else { Ok(begun) }
    }

    /// What its body proves, and the store.
    pub(crate) async fn finish_request<B: Body>(
        &self,
        begun: Begun,
        body: B,
    ) -> Result<(Delivery, Reservation), VerifyError> {
        let mut check = Check::new(self, begun);
        let deadline = self.settings().body_deadline;
        let came = timeout(deadline, read_body(&mut check, body)).await;
        came.unwrap_or(Err(VerifyError::TooSlow))?;
        let delivery = check.finish(now())?;
        let reservation = Reservation::take(self, *delivery.message_id()).await?;
        Ok((delivery, reservation))
    }
}

async fn read_body<B: Body>(check: &mut Check<'_>, body: B) -> Result<(), VerifyError> {
    let mut body = pin!(body);
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        // Trailers are not signed, and nobody reads them.
        let Ok(mut data) = frame.map_err(|_| VerifyError::BrokenBody)?.into_data() else {
            continue;
        };
        check.update(data.copy_to_bytes(data.remaining()))?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "an edge: a request is verified when it comes")]
fn now() -> SystemTime {
    SystemTime::now()
}
