//! Random rows, of few enough values that many are the same.

use gangway_domain::{
    Activity, Actor, Attempt, AttemptId, AuditEvent, AuditEventId, Audited, AuditedChange, Caller,
    Correlated, Generation, OnboardingStatus, Partner, PartnerId, Permission, Property, ResourceId, Status,
    Subject, TenantId, Timestamp,
};
use uuid::Uuid;

use super::dice::Dice;
use crate::samples::{at, partner_of};

/// With letters whose other case is another length, what surrounds the surrogates, and a control character.
const TEXTS: [&str; 15] = [
    "",
    "a",
    "A",
    "ab",
    "b",
    "Remote help",
    "remote HELP",
    "straße",
    "STRASSE",
    "İstanbul ΣΑΣ",
    "日本 🦀",
    "100% _a\\'\"",
    "zoe@example.com",
    "\u{d7ff}\u{10ffff}",
    "a\u{1}b",
];

impl Dice {
    fn text(&mut self) -> String {
        (*self.any(&TEXTS)).to_owned()
    }

    fn text_or_null(&mut self) -> Option<String> {
        (!self.one_in(3)).then(|| self.text())
    }

    fn time(&mut self) -> Timestamp {
        *self.any(&[Timestamp::NEVER, at(0), at(1), at(2), at(3), Timestamp::LAST])
    }

    /// One of a few.
    fn some_id(&mut self) -> Uuid {
        Uuid::from_u128(0x0a0b_0c0d_0000_7000_8000_abcd_ef00_0000 + self.below(4) as u128)
    }

    fn new_id(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.next(), self.next())
    }

    pub(crate) fn partner(&mut self, tenant: TenantId) -> Partner {
        let status = match self.any(&[
            OnboardingStatus::NotOnboarded,
            OnboardingStatus::Onboarding,
            OnboardingStatus::Onboarded,
        ]) {
            OnboardingStatus::NotOnboarded => Status::NotOnboarded,
            OnboardingStatus::Onboarded => Status::Onboarded,
            OnboardingStatus::Onboarding => {
                let attempt = Attempt { id: AttemptId(self.new_id()), expires: self.time() };
                Status::Onboarding { attempt }
            }
        };
        Partner {
            id: PartnerId(self.new_id()),
            display_name: self.text(),
            onboarding_url: self.text_or_null(),
            status,
            last_connection: self.time(),
            ..partner_of(tenant)
        }
    }

    pub(crate) fn event(&mut self, tenant: TenantId) -> AuditEvent {
        let changes = (0..self.below(4)).map(|_| self.change()).collect();
        let activity = *self.any(&Activity::ALL);
        let about_settings = activity == Activity::PatchSettings;
        AuditEvent {
            id: AuditEventId(self.new_id()),
            tenant,
            at: self.time(),
            activity,
            by: Correlated { actor: self.actor(tenant), correlation: self.some_id() },
            resource: if about_settings { tenant.into() } else { ResourceId(self.some_id()) },
            resource_name: self.text(),
            generation: Generation::FIRST,
            changes,
        }
    }

    fn change(&mut self) -> AuditedChange {
        let what = [
            Audited::Property(Property::DisplayName),
            Audited::Property(Property::OnboardingStatus),
            Audited::Account,
            Audited::Reason,
        ];
        AuditedChange { what: *self.any(&what), old: self.text_or_null(), new: self.text_or_null() }
    }

    fn actor(&mut self, tenant: TenantId) -> Actor {
        let subject = match self.below(8) {
            0 => return Actor::Partner,
            1 => return Actor::Gangway,
            2 => return Actor::Operator,
            3 => Subject::PersonalUser { id: self.text() },
            4 => Subject::Application { id: self.text() },
            _ => Subject::User { id: self.text(), principal_name: self.text_or_null() },
        };
        let permissions =
            [Permission::ServiceConfigRead, Permission::ServiceConfigReadWrite, Permission::ReleasesRead];
        Actor::Caller(Box::new(Caller {
            tenant,
            subject,
            permissions: permissions.into_iter().filter(|_| self.one_in(2)).collect(),
            application_id: self.text_or_null(),
            application_name: self.text_or_null(),
        }))
    }
}
