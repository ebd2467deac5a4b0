use crate::{
    Activity, Attempt, AttemptId, ConnectorKind, Generation, InvalidProperty, Partner, Property, Status,
    StatusChange, Timestamp, Update, Version,
};

/// What somebody wants to happen to a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Change properties.
    Update(Update),
    /// Start to connect it, with this attempt if one is needed.
    BeginOnboarding {
        /// A fresh one, with an id that was never used.
        attempt: Attempt,
    },
    /// The partner consented in answer to this attempt.
    AcceptCallback {
        /// The attempt the answer names.
        attempt: AttemptId,
    },
    /// The partner consented in answer to this attempt, but gave no credential for it.
    FailAttempt {
        /// The attempt that came to nothing.
        attempt: AttemptId,
    },
    /// Time has passed; give up an attempt that nobody finished.
    ExpireAttempt,
    /// The partner says that the grant of this generation is gone.
    LoseGrant {
        /// The generation whose credential it refused.
        generation: Generation,
    },
    /// Cut it off.
    Disconnect,
    /// Cut it off and forget it.
    Delete,
}

/// What a command does. It is a value: whoever asked commits it, or does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing; it is as asked already.
    Unchanged,
    /// Something.
    Changed(Change),
}

/// What a decision changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What becomes of the partner.
    pub outcome: Outcome,
    /// What the audit calls it.
    pub activity: Activity,
    /// What can be used no more from then on.
    pub cut: Option<Cut>,
}

/// What a change makes unusable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The connection there was: its credential goes to a release.
    Connection,
    /// An attempt nobody has finished. If the partner had answered it already, what it gave goes to
    /// a release.
    Attempt(AttemptId),
}

impl Cut {
    /// What is cut when a partner goes from one status to another; `None` as `after` is a partner
    /// that is gone. It is computed from the two, so that no command can forget it.
    fn between(before: &Partner, after: Option<&Partner>) -> Option<Self> {
        let stays = |status: &Status| after.is_some_and(|after| after.status == *status);
        let fenced = after.is_none_or(|after| after.generation != before.generation);
        match &before.status {
            Status::NotOnboarded => None,
            Status::Onboarded => (fenced || !stays(&before.status)).then_some(Self::Connection),
            Status::Onboarding { attempt } => {
                let same = after.and_then(Partner::attempt).is_some_and(|now| now.id == attempt.id);
                let completed = !fenced && stays(&Status::Onboarded);
                (!same && !completed).then_some(Self::Attempt(attempt.id))
            }
        }
    }
}

/// What becomes of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is this from now on.
    Becomes(Partner),
    /// It is no more.
    Removed,
}

impl Outcome {
    /// The partner that there is then.
    #[must_use]
    pub const fn partner(&self) -> Option<&Partner> {
        match self {
            Self::Becomes(partner) => Some(partner),
            Self::Removed => None,
        }
    }
}

/// Why a command cannot be carried out. Nothing changes then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A property has a value that cannot be kept.
    #[error("'{}' {why}", property.name())]
    InvalidProperty {
        /// Which one.
        property: Property,
        /// What is wrong with it.
        why: InvalidProperty,
    },
    /// The property says what happened between us and the partner, so nobody may set it by hand.
    #[error("'{}' is earned, not set: it shows what really happened with this partner", property.name())]
    NotSettable {
        /// Which one.
        property: Property,
    },
    /// A link has nothing to open.
    #[error("set 'onboardingUrl' first: it is the address that sessions of this partner open")]
    NoOnboardingUrl,
    /// No attempt is under way, or another one is.
    #[error("this onboarding was finished, replaced or given up")]
    NoSuchAttempt,
    /// The attempt came to its end before this.
    #[error("this onboarding took too long")]
    AttemptExpired,
}

/// The whole life of a partner. There is no wildcard arm: a new status or command stops the build
/// until every pair of them has an answer.
///
/// | command | not onboarded | onboarding | onboarded |
/// |---|---|---|---|
/// | `Update` | the new properties | the new properties | the new properties |
/// | `BeginOnboarding` | onboarding; a link: onboarded | onboarding with the new attempt | unchanged |
/// | `AcceptCallback` | refused | onboarded, if it is this attempt and in time; else refused | refused |
/// | `FailAttempt` | unchanged | fenced, if it is this attempt | unchanged |
/// | `ExpireAttempt` | unchanged | fenced, if its time is over | unchanged |
/// | `LoseGrant` | unchanged | unchanged | fenced, if it is this generation |
/// | `Disconnect` | unchanged | fenced | fenced |
/// | `Delete` | removed | removed | removed |
///
/// *Fenced* means: not onboarded, at the next generation. What a change makes unusable (an attempt,
/// a connection) is no column: [`Cut`] is computed from the partner before and after.
///
/// For example, a partner is onboarding with attempt 7 at generation 3. `Disconnect` makes it not
/// onboarded at generation 4, and cuts attempt 7. The callback of attempt 7 comes a moment later
/// and reads that row: `AcceptCallback` is refused, and what the partner gave for it is released.
///
/// # Errors
/// A [`Refusal`] where the command cannot be carried out.
#[expect(
    clippy::match_same_arms,
    reason = "each pair of command and status has a line of its own, as in the table"
)]
pub fn decide(partner: &Partner, command: &Command, now: Timestamp) -> Result<Decision, Refusal> {
    use {Command as C, Status as S};
    match (command, &partner.status) {
        (C::Update(update), S::NotOnboarded | S::Onboarding { .. } | S::Onboarded) => change(partner, update),

        (C::BeginOnboarding { attempt }, S::NotOnboarded | S::Onboarding { .. }) => begin(partner, *attempt),
        (C::BeginOnboarding { .. }, S::Onboarded) => Ok(Decision::Unchanged),

        (C::AcceptCallback { attempt }, S::Onboarding { attempt: pending }) => {
            if *attempt != pending.id {
                return Err(Refusal::NoSuchAttempt);
            }
            if pending.expires <= now {
                return Err(Refusal::AttemptExpired);
            }
            let after = Partner { status: S::Onboarded, last_connection: now, ..partner.clone() };
            Ok(becomes(partner, after, Activity::CompleteOnboarding))
        }
        (C::AcceptCallback { .. }, S::NotOnboarded | S::Onboarded) => Err(Refusal::NoSuchAttempt),

        (C::FailAttempt { attempt }, S::Onboarding { attempt: pending }) if *attempt == pending.id => {
            Ok(becomes(partner, fenced(partner), Activity::FailOnboarding))
        }
        (C::FailAttempt { .. }, S::NotOnboarded | S::Onboarding { .. } | S::Onboarded) => {
            Ok(Decision::Unchanged)
        }

        (C::ExpireAttempt, S::Onboarding { attempt }) if attempt.expires <= now => {
            Ok(becomes(partner, fenced(partner), Activity::ExpireOnboarding))
        }
        (C::ExpireAttempt, S::NotOnboarded | S::Onboarding { .. } | S::Onboarded) => Ok(Decision::Unchanged),

        (C::LoseGrant { generation }, S::Onboarded) if *generation == partner.generation => {
            Ok(becomes(partner, fenced(partner), Activity::LoseGrant))
        }
        (C::LoseGrant { .. }, S::NotOnboarded | S::Onboarding { .. } | S::Onboarded) => {
            Ok(Decision::Unchanged)
        }

        (C::Disconnect, S::NotOnboarded) => Ok(Decision::Unchanged),
        (C::Disconnect, S::Onboarding { .. } | S::Onboarded) => {
            Ok(becomes(partner, fenced(partner), Activity::Disconnect))
        }

        (C::Delete, S::NotOnboarded | S::Onboarding { .. } | S::Onboarded) => {
            let cut = Cut::between(partner, None);
            Ok(Decision::Changed(Change { outcome: Outcome::Removed, activity: Activity::Delete, cut }))
        }
    }
}

/// A new partner out of the properties somebody gave; `blank` has its ids and connector.
///
/// # Errors
/// A [`Refusal`] that names the property which cannot be kept or set.
pub fn create(blank: &Partner, properties: &Update) -> Result<Partner, Refusal> {
    let created = updated(blank, properties)?;
    Ok(Partner { generation: blank.generation, version: Version::FIRST, ..created })
}

fn change(partner: &Partner, update: &Update) -> Result<Decision, Refusal> {
    let after = updated(partner, update)?;
    if after == *partner { Ok(Decision::Unchanged) } else { Ok(becomes(partner, after, Activity::Patch)) }
}

fn begin(partner: &Partner, attempt: Attempt) -> Result<Decision, Refusal> {
    let status = match partner.connector {
        ConnectorKind::Simulated | ConnectorKind::OAuth2 | ConnectorKind::TeamViewer => {
            Status::Onboarding { attempt }
        }
        ConnectorKind::Link if partner.onboarding_url.is_none() => return Err(Refusal::NoOnboardingUrl),
        ConnectorKind::Link => Status::Onboarded,
    };
    Ok(becomes(partner, Partner { status, ..partner.clone() }, Activity::BeginOnboarding))
}

fn updated(partner: &Partner, update: &Update) -> Result<Partner, Refusal> {
    update.check().map_err(|(property, why)| Refusal::InvalidProperty { property, why })?;
    check_settable(partner, update)?;
    let mut after = update.status.map_or_else(|| partner.clone(), |status| with_status(partner, status));
    update.set_plain(&mut after);
    if let Some(expires) = update.attempt_expires {
        match &mut after.status {
            Status::Onboarding { attempt } => attempt.expires = expires,
            Status::NotOnboarded | Status::Onboarded if expires == partner.attempt_expires() => {}
            Status::NotOnboarded | Status::Onboarded => {
                return Err(Refusal::NotSettable { property: Property::OnboardingRequestExpiryDateTime });
            }
        }
    }
    Ok(after)
}

/// What a partner earns may be repeated as it is, since clients send back what they read, but not
/// set.
fn check_settable(partner: &Partner, update: &Update) -> Result<(), Refusal> {
    if partner.connector.status_may_be_set() {
        return Ok(());
    }
    let status = partner.status.onboarding_status();
    let set = [
        (Property::OnboardingStatus, update.status.is_some_and(|new| new.onboarding_status() != status)),
        (
            Property::LastConnectionDateTime,
            update.last_connection.is_some_and(|new| new != partner.last_connection),
        ),
        (
            Property::OnboardingRequestExpiryDateTime,
            update.attempt_expires.is_some_and(|new| new != partner.attempt_expires()),
        ),
    ];
    match set.into_iter().find(|(_, differs)| *differs) {
        Some((property, _)) => Err(Refusal::NotSettable { property }),
        None => Ok(()),
    }
}

fn with_status(partner: &Partner, status: StatusChange) -> Partner {
    use {Status as S, StatusChange as To};
    match (status, &partner.status) {
        (To::NotOnboarded, S::NotOnboarded)
        | (To::Onboarding(_), S::Onboarding { .. })
        | (To::Onboarded, S::Onboarded) => partner.clone(),
        (To::NotOnboarded, S::Onboarding { .. } | S::Onboarded) => fenced(partner),
        (To::Onboarding(attempt), S::NotOnboarded) => {
            Partner { status: S::Onboarding { attempt }, ..partner.clone() }
        }
        (To::Onboarding(attempt), S::Onboarded) => {
            Partner { status: S::Onboarding { attempt }, ..fenced(partner) }
        }
        (To::Onboarded, S::NotOnboarded | S::Onboarding { .. }) => {
            Partner { status: S::Onboarded, ..partner.clone() }
        }
    }
}

/// The partner with everything cut off: what carries the generation it had may change nothing any
/// more.
fn fenced(partner: &Partner) -> Partner {
    Partner { status: Status::NotOnboarded, generation: partner.generation.next(), ..partner.clone() }
}

fn becomes(before: &Partner, after: Partner, activity: Activity) -> Decision {
    let version = after.version.next();
    let cut = Cut::between(before, Some(&after));
    Decision::Changed(Change { outcome: Outcome::Becomes(Partner { version, ..after }), activity, cut })
}

#[cfg(test)]
mod tests;
