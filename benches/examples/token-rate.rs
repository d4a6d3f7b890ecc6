//! `token-rate ours|bare MODULE LABEL KEY THREADS SECONDS`: how often a key in a token signs.
//!
//! `ours` signs statements as `signer attest` does, each signature verified; `bare` calls `C_Sign`
//! with what our library gives the token, and looks at nothing: the limit. Prints the number of
//! signatures and the seconds that they took. The PIN comes from `SIGNER_PKCS11_PIN`.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use benches::Failure;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, KeyType, ObjectClass};
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use signer_core::sign::pkcs11::{Access, Module, Pin, PinRequest, PinSource, Token, Uri};
use signer_core::sign::{Draft, Secret};

/// How long to sign, and in how many threads.
#[derive(Clone, Copy)]
struct Load {
    threads: usize,
    time: Duration,
}

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [mode, module, token, key, threads, seconds] = args.as_slice() else {
        return Err("token-rate ours|bare MODULE LABEL KEY THREADS SECONDS".into());
    };
    let load = Load { threads: threads.parse()?, time: Duration::from_secs_f64(seconds.parse()?) };
    let (signatures, time) = match mode.as_str() {
        "ours" => ours(Path::new(module), &format!("pkcs11:token={token};object={key}").parse()?, load)?,
        "bare" => bare(Path::new(module), token, key, load)?,
        _ => return Err("expected `ours` or `bare`".into()),
    };
    writeln!(std::io::stdout(), "{signatures} {}", time.as_secs_f64())?;
    Ok(())
}

struct Variable;

impl PinSource for Variable {
    fn pin(&self, _: &PinRequest<'_>) -> Result<Pin, String> {
        pin().map(|pin| Pin::Typed(Secret::from(pin))).map_err(|error| error.to_string())
    }
}

fn pin() -> Result<String, std::env::VarError> {
    std::env::var("SIGNER_PKCS11_PIN")
}

fn ours(module: &Path, uri: &Uri, load: Load) -> Result<(usize, Duration), Failure> {
    let module = Module::load(module)?;
    let key = Token::open(&module, uri, Access::Read, Arc::new(Variable))?.signing_key(uri, None)?;
    let statement = benches::statement(1)?;
    let sign = || Draft::new(&statement)?.sign(&key).map(drop).map_err(Failure::from);
    sign()?;
    timed(load, || Ok(()), |()| sign())
}

fn bare(module: &Path, label: &str, key: &str, load: Load) -> Result<(usize, Duration), Failure> {
    let pkcs11 = Pkcs11::new(module)?;
    pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    let mut slots = pkcs11.get_slots_with_initialized_token()?.into_iter();
    let slot = slots.find(|slot| pkcs11.get_token_info(*slot).is_ok_and(|token| token.label() == label));
    let slot = slot.ok_or("no such token")?;
    let session = pkcs11.open_ro_session(slot)?;
    session.login(UserType::User, Some(&AuthPin::from(pin()?)))?;
    let wanted = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Label(key.into())];
    let handle = session.find_objects(&wanted)?.pop().ok_or("no such key")?;
    let is_rsa = session.get_attributes(handle, &[cryptoki::object::AttributeType::KeyType])?
        == [Attribute::KeyType(KeyType::RSA)];
    // a digest, in RSA's case with the 19 bytes of the DigestInfo before it
    let data = if is_rsa { [7; 51].as_slice() } else { &[7; 32] };
    let open = || Ok((pkcs11.open_ro_session(slot)?, if is_rsa { Mechanism::RsaPkcs } else { Mechanism::Ecdsa }));
    timed(load, open, |(session, mechanism)| Ok(session.sign(mechanism, handle, data).map(drop)?))
}

/// Runs it in each thread until the time is over; gives back how often, and how long that took.
fn timed<T>(
    load: Load,
    begin: impl Fn() -> Result<T, Failure> + Sync,
    work: impl Fn(&T) -> Result<(), Failure> + Sync,
) -> Result<(usize, Duration), Failure> {
    let start = Instant::now();
    let one = || -> Result<usize, String> {
        let own = begin().map_err(|error| error.to_string())?;
        let mut count = 0;
        while start.elapsed() < load.time {
            work(&own).map_err(|error| error.to_string())?;
            count += 1;
        }
        Ok(count)
    };
    let counts: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..load.threads).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    let mut sum = 0;
    for count in counts {
        sum += count.map_err(|_| "a thread panicked")??;
    }
    Ok((sum, start.elapsed()))
}
