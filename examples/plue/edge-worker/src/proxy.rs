//! The forge behind the edge: each request that passes goes to it, and its answer comes back.

use std::net::IpAddr;

use http::header::{HOST, HeaderMap};
use http::{Method, Response, StatusCode};
use worker::web_sys::{self, RequestCache, RequestInit, RequestRedirect};

use crate::arrival::{self, Arrival};
use crate::edge::Edge;
use crate::reply::{self, Body, Reply, plain};

impl Edge<'_> {
    /// Sends it on, and answers with what comes back.
    pub(crate) async fn forward(&self, arrival: Arrival, is_personal: bool) -> Reply {
        // Neither a tunnel nor an echo of what the edge has added.
        if [Method::CONNECT, Method::TRACE].contains(&arrival.method) {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
        }
        match self.fetch(arrival, is_personal).await {
            Ok(answer) => self.passed_back(&answer),
            Err(error) => {
                worker::console_warn!("the upstream does not answer: {error}");
                plain(StatusCode::BAD_GATEWAY, "bad gateway\n")
            }
        }
    }

    async fn fetch(
        &self,
        mut arrival: Arrival,
        is_personal: bool,
    ) -> worker::Result<web_sys::Response> {
        let settings = self.settings;
        let headers = &mut arrival.headers;
        let visitor = visitor(headers);
        forge::of_request(headers, &settings.host, &settings.proto);
        // It is that of the URL, whatever is said here.
        headers.remove(HOST);
        if let Some(address) = visitor {
            forge::name_visitor(headers, address);
        }
        forge::remove_session(headers);

        let init = RequestInit::new();
        init.set_method(arrival.method.as_str());
        init.set_headers(&reply::headers(headers)?.into());
        init.set_redirect(RequestRedirect::Manual);
        if is_personal {
            // Cloudflare's cache stands behind a Worker, and knows answers by their URL alone.
            init.set_cache(RequestCache::NoStore);
        }
        if let Some(body) = arrival.stream() {
            init.set_body(&body);
        }
        let url = format!("{}{}", settings.upstream, arrival.uri);
        let request = web_sys::Request::new_with_str_and_init(&url, &init)?.into();
        let answer = match self.env.service(CERTIFICATE) {
            Ok(with_certificate) => with_certificate.fetch_request(request).await?,
            Err(_) => worker::Fetch::Request(request).send().await?,
        };
        Ok(answer.into())
    }

    fn passed_back(&self, answer: &web_sys::Response) -> Reply {
        let status = StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::BAD_GATEWAY);
        // Nothing was asked to be upgraded.
        if status == StatusCode::SWITCHING_PROTOCOLS {
            worker::console_warn!("the upstream switches protocols, unasked");
            return plain(StatusCode::BAD_GATEWAY, "bad gateway\n");
        }
        let mut headers = arrival::headers(&answer.headers());
        forge::of_response(&mut headers);
        forge::remove_own_cookies(&mut headers);
        let mut reply = Response::new(Body::Stream(answer.body()));
        *reply.status_mut() = status;
        *reply.headers_mut() = headers;
        reply
    }
}

/// The visitor's address, which Cloudflare has written over whatever the visitor has said.
fn visitor(headers: &HeaderMap) -> Option<IpAddr> {
    let mut values = headers.get_all("cf-connecting-ip").iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    value.to_str().ok()?.parse().ok()
}

/// The binding of a client certificate, where the origin is in no zone that Cloudflare proxies.
const CERTIFICATE: &str = "ORIGIN_CERTIFICATE";
