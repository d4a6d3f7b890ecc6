//! `signer verify`: artifacts, evidence and a policy -> verdicts.

use std::path::Path;

use verifier::policy::{GateChoiceError, Policy};
use verifier::{Artifact, ArtifactBytes, DigestsOnly, Request, Session, Verdict};

use super::attest::beside;
use super::named::{self, Named};
use super::trust;
use crate::args::{Format, Verify};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::{self, Judged, Report};
use crate::world::artifact::{self, ArtifactError, Hashed, Listed, Listing};
use crate::world::clock;
use crate::world::evidence::{self, Collected, EvidenceFile};
use crate::world::terminal::Terminal;

pub(super) fn run(args: &Verify, terminal: &Terminal) -> Result<Exit, Failure> {
    let named = named::all(&args.artifacts, args.name.as_deref())?;
    let (policy, profile) = trust::policy(args, terminal)?;
    policy.gate(args.gate.as_deref()).map_err(|error| gate_failure(&error))?;
    let at = args.at.unwrap_or_else(clock::now);
    let call = Call { args, policy: &policy, at, terminal };
    let verdicts =
        if args.bundle.is_empty() { call.each_with_its_own(&named)? } else { call.all_with_the_same(&named)? };
    let exit = verdicts.iter().map(Judged::exit).fold(Exit::Done, Exit::and);
    let hypothetical = args.at.is_some();
    let report = Report { profile, policy: policy.id(), at, hypothetical, verdicts: &verdicts };
    let told =
        if args.format == Format::Json { terminal.json(&render::report_json(&report, exit)) } else { Exit::Done };
    terminal.say(&render::report_human(&report));
    Ok(exit.and(told))
}

fn gate_failure(error: &GateChoiceError) -> Failure {
    Failure::usage("gate-choice", error.to_string()).hint("name one with `--gate`")
}

struct Call<'a> {
    args: &'a Verify,
    policy: &'a Policy,
    at: signer_core::time::Timestamp,
    terminal: &'a Terminal,
}

impl Call<'_> {
    /// Every artifact by the evidence that `--bundle` names.
    fn all_with_the_same(&self, named: &[Named]) -> Result<Vec<Judged>, Failure> {
        self.judge_by(named, evidence::collect(&self.args.bundle))
    }

    /// Every artifact by the bundle beside it.
    fn each_with_its_own(&self, named: &[Named]) -> Result<Vec<Judged>, Failure> {
        let mut all = Vec::new();
        for named in named {
            let collected = match named {
                Named::Mutable(_) => Ok(Collected::default()),
                Named::Path(path) => beside(path).and_then(|place| evidence::beside(&place)),
                Named::Pinned(reference) => {
                    let message = format!("nothing says where the evidence about `{reference}` is");
                    return Err(Failure::usage("bundle-missing", message)
                        .hint("name it with `--bundle`; registries are not asked by this version"));
                }
            };
            all.extend(self.judge_by(std::slice::from_ref(named), collected)?);
        }
        Ok(all)
    }

    /// Without the evidence every artifact is undecided, but for those that nothing could help.
    fn judge_by(&self, asked: &[Named], collected: Result<Collected, Failure>) -> Result<Vec<Judged>, Failure> {
        match collected {
            Ok(collected) => self.judge(asked, &collected),
            Err(failure) if failure.exit == Exit::Undecided => {
                asked.iter().map(|named| self.without_evidence(named, &failure)).collect()
            }
            Err(failure) => Err(failure),
        }
    }

    fn without_evidence(&self, named: &Named, failure: &Failure) -> Result<Judged, Failure> {
        Ok(match self.find(named)? {
            Found::Mutable(reference) => Judged::Verdict(Verdict::of_mutable_reference(reference)),
            Found::Unreadable(path, failure) => Judged::Undecided { reference: path.display().to_string(), failure },
            Found::Pinned(_) | Found::Files(_) => {
                Judged::Undecided { reference: named.to_string(), failure: failure.clone() }
            }
        })
    }

    fn judge(&self, asked: &[Named], collected: &Collected) -> Result<Vec<Judged>, Failure> {
        let found: Vec<Found<'_>> = asked.iter().map(|named| self.find(named)).collect::<Result<_, _>>()?;
        let names: Vec<&str> = found.iter().filter_map(Found::name).collect();
        let request = Request {
            policy: self.policy,
            gate: self.args.gate.as_deref(),
            now: self.at,
            names: &names,
            searched: &collected.searched,
        };
        let session = Session::begin(request, &collected.evidence).map_err(|error| gate_failure(&error))?;
        let files: Vec<&Listed> = found.iter().flat_map(Found::files).collect();
        let mut hashed = artifact::hash(&files, session.wanted_digests(), self.terminal).into_iter();
        found.iter().map(|found| self.judge_one(&session, found, &mut hashed, &collected.files)).collect()
    }

    fn find<'n>(&self, named: &'n Named) -> Result<Found<'n>, Failure> {
        let name = self.args.name.as_deref();
        Ok(match named {
            Named::Mutable(reference) => Found::Mutable(reference),
            Named::Pinned(reference) => Found::Pinned(
                Artifact::pinned(reference, name.map(ToOwned::to_owned))
                    .map_err(|error| Failure::usage("reference-malformed", error.to_string()))?,
            ),
            Named::Path(path) => match artifact::list(path, name, &[]) {
                Ok(listing) => Found::Files(listing),
                Err(error) => Found::Unreadable(path, undecided(error)?),
            },
        })
    }

    /// `hashed` gives what became of this artifact's files next.
    fn judge_one(
        &self,
        session: &Session<'_>,
        found: &Found<'_>,
        hashed: &mut impl Iterator<Item = artifact::Outcome>,
        evidence: &[EvidenceFile],
    ) -> Result<Judged, Failure> {
        Ok(match found {
            Found::Mutable(reference) => Judged::Verdict(Verdict::of_mutable_reference(reference)),
            Found::Pinned(artifact) => Judged::Verdict(session.judge(artifact, &DigestsOnly)),
            Found::Unreadable(path, failure) => {
                Judged::Undecided { reference: path.display().to_string(), failure: failure.clone() }
            }
            Found::Files(listing) => {
                let own: Vec<_> = hashed.by_ref().take(listing.files.len()).collect();
                match own.into_iter().collect::<Result<Vec<Hashed>, _>>() {
                    Err(error) => {
                        Judged::Undecided { reference: listing.reference.clone(), failure: undecided(error)? }
                    }
                    Ok(hashed) => {
                        let artifact = listing.artifact(&hashed, evidence);
                        let artifact = if self.args.partial { artifact.partial() } else { artifact };
                        Judged::Verdict(session.judge(&artifact, &Read { listing, hashed: &hashed }))
                    }
                }
            }
        })
    }
}

/// An artifact as it was found.
enum Found<'n> {
    Mutable(&'n signer_core::reference::MutableReference),
    Pinned(Artifact),
    Files(Listing),
    Unreadable(&'n Path, Failure),
}

impl Found<'_> {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Pinned(artifact) => artifact.name(),
            // policies match the names of a folder's files, and one of them tells whose they are
            Self::Files(listing) => listing.files.first().map(|file| file.name.as_str()),
            Self::Mutable(_) | Self::Unreadable(..) => None,
        }
    }

    fn files(&self) -> &[Listed] {
        match self {
            Self::Files(listing) => &listing.files,
            _ => &[],
        }
    }
}

/// What cannot be read is undecided; what is no artifact is wrong usage and stops everything.
fn undecided(error: ArtifactError) -> Result<Failure, Failure> {
    let failure = Failure::from(error);
    if failure.exit == Exit::Undecided { Ok(failure) } else { Err(failure) }
}

/// The bytes of the file that was hashed.
struct Read<'a> {
    listing: &'a Listing,
    hashed: &'a [Hashed],
}

impl ArtifactBytes for Read<'_> {
    fn read(&self, _: &str, take: &mut dyn FnMut(&[u8])) -> bool {
        match (self.listing.files.as_slice(), self.hashed) {
            ([listed], [hashed]) => artifact::reread(listed, hashed, take),
            _ => false,
        }
    }
}
