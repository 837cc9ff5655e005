//! What the examples are put under load with: [wrk](https://github.com/wg/wrk), good and hostile requests
//! in one mix, and a look at the memory of the servers.

mod growth;
pub use growth::{Growth, judge};

mod memory;
pub use memory::resident;

mod report;
pub use report::{Answers, Report};

mod wrk;
pub use wrk::{LoadError, Mix, Request};
