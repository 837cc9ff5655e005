use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use origin_mtls::SpkiPin;

use crate::keys::{AuthorityKey, ClientKey};
use crate::names::{CommonName, DnsName, FileName, Organization, Uri};

/// Makes and looks after the certificates of Cloudflare's Authenticated Origin Pulls.
#[derive(Debug, Parser)]
#[command(name = "plue-mtls-certs", version, max_term_width = 100)]
#[non_exhaustive]
pub struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an authority of your own: ca.crt and ca.key
    Init(Init),
    /// Issue a client certificate for Cloudflare: client.crt and client.key
    Issue(Issue),
    /// Make or renew the list of revoked certificates: ca.crl
    Crl(Crl),
    /// Tell before an upload what Cloudflare and the origin will say
    Check(Check),
    /// Print the pin of each certificate's key
    Pin(Pin),
    /// Prepare a new authority beside the old one, and a file with both
    Rotate(Rotate),
}

#[derive(Args, Debug)]
pub(crate) struct Init {
    /// The folder to write to; it is made if there is none
    #[arg(long, visible_alias = "dir", value_name = "DIR", default_value = "certs")]
    pub(crate) out: PathBuf,

    /// Whose authority it is
    #[arg(long, default_value = "Plue")]
    pub(crate) name: Organization,

    #[command(flatten)]
    pub(crate) authority: NewAuthority,
}

#[derive(Args, Debug)]
pub(crate) struct NewAuthority {
    /// How long the authority is valid
    #[arg(
        long,
        value_name = "N",
        default_value = "10",
        value_parser = clap::value_parser!(u16).range(1..=30)
    )]
    pub(crate) years: u16,

    /// The kind of the authority's key
    #[arg(long = "key", value_name = "KIND", value_enum, default_value_t = AuthorityKey::Rsa4096)]
    pub(crate) kind: AuthorityKey,
}

#[derive(Args, Debug)]
pub(crate) struct Issue {
    /// The folder with ca.crt and ca.key, to which is written
    #[arg(long, visible_alias = "out", value_name = "DIR", default_value = "certs")]
    pub(crate) dir: PathBuf,

    /// How the files are called, without .crt and .key: another name for each renewal
    #[arg(long = "as", value_name = "NAME", default_value = "client")]
    pub(crate) file: FileName,

    /// The kind of the client's key
    #[arg(long = "key", value_name = "KIND", value_enum, default_value_t = ClientKey::Rsa2048)]
    pub(crate) kind: ClientKey,

    /// How long the certificate is valid
    #[arg(long, value_name = "N", default_value = "365", value_parser = days())]
    pub(crate) days: u16,

    /// The subject's common name
    #[arg(long, value_name = "NAME", default_value = "Cloudflare Origin Pull")]
    pub(crate) common_name: CommonName,

    /// An alternative name that is a URI, such as spiffe://plue.dev/edge/cloudflare
    #[arg(long, value_name = "URI")]
    pub(crate) uri: Vec<Uri>,

    /// An alternative name that is a DNS name
    #[arg(long, value_name = "NAME")]
    pub(crate) dns: Vec<DnsName>,
}

#[derive(Args, Debug)]
pub(crate) struct Crl {
    /// The folder with ca.crt and ca.key, where ca.crl is replaced
    #[arg(long, visible_alias = "out", value_name = "DIR", default_value = "certs")]
    pub(crate) dir: PathBuf,

    /// What is revoked, beside all that was: a certificate's file, or a serial number in
    /// hexadecimal
    #[arg(long, value_name = "SERIAL|FILE")]
    pub(crate) revoke: Vec<String>,

    /// How long the list is valid: renew it before that
    #[arg(long, value_name = "N", default_value = "30", value_parser = days())]
    pub(crate) days: u16,

    /// Begin the list: this authority has never revoked anything
    #[arg(long)]
    pub(crate) first: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The certificate, in PEM, as it will be uploaded
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The authorities that the origin trusts
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Vec<PathBuf>,

    /// The lists of revoked certificates that the origin knows
    #[arg(long, value_name = "FILE", requires = "ca")]
    pub(crate) crl: Vec<PathBuf>,

    /// The private key, as it will be uploaded
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,

    /// A key that the origin accepts, and no others: sha256/BASE64
    #[arg(long, value_name = "PIN")]
    pub(crate) pin: Vec<SpkiPin>,

    /// Refuse what the origin's strict profile refuses
    #[arg(long, requires = "ca")]
    pub(crate) strict: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Pin {
    /// Certificates, in PEM
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Rotate {
    /// The folder with the old ca.crt, and its ca.crl if there is one; it stays as it is
    #[arg(long, value_name = "DIR", default_value = "certs")]
    pub(crate) dir: PathBuf,

    /// The folder to make for the new authority
    #[arg(long, visible_alias = "out", value_name = "DIR")]
    pub(crate) to: PathBuf,

    /// The client certificate that Cloudflare uses now, whose names are kept
    /// [default: client.crt in the old folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) client: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) authority: NewAuthority,

    /// The kind of the client's key
    #[arg(long, value_name = "KIND", value_enum, default_value_t = ClientKey::Rsa2048)]
    pub(crate) client_key: ClientKey,

    /// How long the client certificate is valid
    #[arg(long, value_name = "N", default_value = "365", value_parser = days())]
    pub(crate) days: u16,
}

fn days() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..=3650)
}
