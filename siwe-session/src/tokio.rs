use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::timeout;

use crate::{
    Audience, BrowserBinding, Checked, ConfigError, ContractError, ContractQuestion,
    ContractVerifier, Login, LoginVerifier, LoginVerifierBuilder, Nonce, Nonces, Verification,
    VerifyError,
};

/// Signs wallets in: a [`LoginVerifier`] with a store for its nonces, the clock, and random numbers.
///
/// It needs a Tokio runtime with time. Cloning shares one value.
#[derive(Clone, Debug)]
pub struct SiweLogin(Arc<Settings>);

struct Settings {
    verifier: LoginVerifier,
    nonces: Nonces,
    contracts: Option<Box<dyn ContractVerifier>>,
    on_outcome: Option<Box<dyn Fn(&'static str) + Send + Sync>>,
    clock: Clock,
}

/// What tells the time. Only tests have another than the system's.
type Clock = Box<dyn Fn() -> SystemTime + Send + Sync>;

impl SiweLogin {
    /// Starts from what cannot be left out: what is checked, and where burned nonces are remembered.
    pub fn builder(verifier: LoginVerifierBuilder, nonces: impl Into<Nonces>) -> SiweLoginBuilder {
        SiweLoginBuilder {
            verifier,
            nonces: nonces.into(),
            contracts: None,
            on_outcome: None,
            clock: Box::new(system_time),
        }
    }

    /// What is checked, for the audiences.
    #[must_use]
    pub fn verifier(&self) -> &LoginVerifier {
        &self.0.verifier
    }

    /// A binding for a browser that has none.
    ///
    /// # Errors
    ///
    /// [`VerifyError::StoreUnavailable`] if the system has no random numbers.
    pub fn new_binding(&self) -> Result<BrowserBinding, VerifyError> {
        let mut random = [0; 16];
        self.fill(&mut random)?;
        Ok(BrowserBinding::new(random))
    }

    /// A nonce for this audience and this browser, made now. The store is not asked.
    ///
    /// # Errors
    ///
    /// [`VerifyError::StoreUnavailable`] if the system has no random numbers.
    pub fn nonce(
        &self,
        audience: &Audience,
        binding: Option<&BrowserBinding>,
    ) -> Result<Nonce, VerifyError> {
        let mut random = [0; 10];
        self.fill(&mut random)?;
        Ok(self.0.verifier.nonce(audience, binding, random, self.now()))
    }

    /// Verifies a sign-in, against the present time: its message, its signature in hexadecimal digits,
    /// and the binding of the browser that sent it.
    ///
    /// It can be dropped at any time; the nonce may be burned then.
    ///
    /// # Errors
    ///
    /// The first of the checks that fails, in the order of [`VerifyError`].
    pub async fn login(
        &self,
        message: &str,
        signature: &str,
        binding: Option<&BrowserBinding>,
    ) -> Result<Login, VerifyError> {
        let decision = self.decide(message, signature, binding).await;
        #[cfg(feature = "tracing")]
        if let Err(error) = &decision {
            tracing::debug!(code = error.code(), "not signed in: {error}");
        }
        if let Some(on_outcome) = &self.0.on_outcome {
            on_outcome(decision.as_ref().map_or_else(VerifyError::code, |_| ACCEPTED));
        }
        decision
    }

    async fn decide(
        &self,
        message: &str,
        signature: &str,
        binding: Option<&BrowserBinding>,
    ) -> Result<Login, VerifyError> {
        let checked = self.0.verifier.check(message, &signature.parse()?, binding, self.now())?;
        let was_put = self.burn(&checked).await?;
        match checked.consume(was_put)?.verify()? {
            Verification::Login(login) => Ok(login),
            Verification::AskContract(question) => self.ask_contract(question).await,
        }
    }

    async fn burn(&self, checked: &Checked<'_>) -> Result<bool, VerifyError> {
        let answer = self.0.nonces.put_if_absent(checked.burn_key(), checked.keep_for()).await;
        answer.map_err(|_| VerifyError::StoreUnavailable)
    }

    async fn ask_contract(&self, question: ContractQuestion<'_>) -> Result<Login, VerifyError> {
        let settings = &*self.0;
        let Some(contracts) = &settings.contracts else {
            return Err(VerifyError::ContractUnavailable);
        };
        let answer = contracts.is_valid_signature(question.call().clone());
        let answer = match timeout(CONTRACT_DEADLINE, answer).await {
            Ok(answer) => answer,
            Err(elapsed) => Err(ContractError::new(elapsed)),
        };
        // At debug: who signs in names the contract, and can make it fail.
        #[cfg(feature = "tracing")]
        if let Err(error) = &answer {
            let chain_id = question.call().chain_id();
            tracing::debug!(chain_id, error = error as &dyn std::error::Error, "{error}");
        }
        question.answer(answer.map_err(|_| VerifyError::ContractUnavailable)?)
    }

    pub(crate) fn now(&self) -> SystemTime {
        (self.0.clock)()
    }

    #[cfg(feature = "tower")]
    pub(crate) fn nonces(&self) -> &Nonces {
        &self.0.nonces
    }

    pub(crate) fn fill(&self, random: &mut [u8]) -> Result<(), VerifyError> {
        let filled = getrandom::fill(random);
        #[cfg(feature = "tracing")]
        if let Err(error) = &filled {
            tracing::warn!("there are no random numbers: {error}");
        }
        filled.map_err(|_| VerifyError::StoreUnavailable)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("verifier", &self.verifier)
            .field("nonces", &self.nonces)
            .field("contracts", &self.contracts)
            .finish_non_exhaustive()
    }
}

/// Makes a [`SiweLogin`].
#[must_use]
pub struct SiweLoginBuilder {
    verifier: LoginVerifierBuilder,
    nonces: Nonces,
    contracts: Option<Box<dyn ContractVerifier>>,
    on_outcome: Option<Box<dyn Fn(&'static str) + Send + Sync>>,
    clock: Clock,
}

impl SiweLoginBuilder {
    /// Signs in wallets that are contracts as well (ERC-1271), by asking this, for at most 4 seconds.
    /// Default: keys alone.
    pub fn contracts(mut self, contracts: impl ContractVerifier) -> Self {
        self.contracts = Some(Box::new(contracts));
        self.verifier = self.verifier.contracts();
        self
    }

    /// Calls this with the code of every decision: `accepted`, or [`VerifyError::code`]. For counters;
    /// it runs on the request's path.
    pub fn on_outcome(mut self, on_outcome: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        self.on_outcome = Some(Box::new(on_outcome));
        self
    }

    /// Asks this for the time instead of the system, so that a test of yours need not wait.
    #[cfg(feature = "testing")]
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Checks the configuration.
    ///
    /// # Errors
    ///
    /// As of [`LoginVerifierBuilder::build`].
    pub fn build(self) -> Result<SiweLogin, ConfigError> {
        Ok(SiweLogin(Arc::new(Settings {
            verifier: self.verifier.build()?,
            nonces: self.nonces,
            contracts: self.contracts,
            on_outcome: self.on_outcome,
            clock: self.clock,
        })))
    }
}

impl fmt::Debug for SiweLoginBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SiweLoginBuilder")
            .field("verifier", &self.verifier)
            .field("nonces", &self.nonces)
            .field("contracts", &self.contracts)
            .finish_non_exhaustive()
    }
}

#[expect(clippy::disallowed_methods, reason = "an edge: a sign-in is verified when it comes")]
pub(crate) fn system_time() -> SystemTime {
    SystemTime::now()
}

/// What a store that hangs costs a request.
const CONTRACT_DEADLINE: Duration = Duration::from_secs(4);

const ACCEPTED: &str = "accepted";
