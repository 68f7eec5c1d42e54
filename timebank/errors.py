"""The one error tree of timebank.

Every refusal is a :class:`TimebankError`. A subclass names one case, keeps its typed arguments
as attributes and carries a stable ``code`` that clients may rely on. The five families say what
sort of failure it is; only the adapters turn a family into an HTTP status or an exit status.

=====================  =====================================================
family                 meaning
=====================  =====================================================
:class:`InvalidError`  the input has the wrong shape; nothing was looked up
:class:`DeniedError`   the caller is not known, or may not do this
:class:`MissingError`  what was named does not exist
:class:`ConflictError` it clashes with what is already there
:class:`RefusedError`  well formed, but against a rule of the book
:class:`FaultError`    the service or its data is not as it should be
=====================  =====================================================
"""

from dataclasses import dataclass, fields
from typing import Any, ClassVar


@dataclass(eq=False)
class TimebankError(Exception):
    """Root of the tree. ``code`` is stable; ``template`` is filled from the attributes."""

    code: ClassVar[str] = "error"
    template: ClassVar[str] = "something went wrong"

    def details(self) -> dict[str, Any]:
        """The typed arguments of this error by name, as JSON-ready values."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        """One sentence in English, without personal data."""
        return self.template.format_map(self.details())


class InvalidError(TimebankError):
    """The input has the wrong shape."""

    code = "malformed"


class DeniedError(TimebankError):
    """The caller is unknown or may not do this."""

    code = "forbidden"


class MissingError(TimebankError):
    """What was named does not exist."""

    code = "not_found"


class ConflictError(TimebankError):
    """The command clashes with what is already there."""

    code = "conflict"


class RefusedError(TimebankError):
    """The command is well formed but against a rule of the book."""

    code = "refused"


class FaultError(TimebankError):
    """The service, its configuration or its data is not as it should be."""

    code = "fault"


# --- the shape of input ---------------------------------------------------------------------


@dataclass(eq=False)
class MalformedError(InvalidError):
    """A field of a command is missing, unknown, of the wrong type or out of range."""

    template = "{field}: {reason}"
    field: str
    reason: str


@dataclass(eq=False)
class NotCanonicalError(InvalidError):
    """Bytes or a value outside the canonical JSON subset of the log (docs/FORMAT.md)."""

    code = "not_canonical"
    template = "not canonical: {reason}"
    reason: str


@dataclass(eq=False)
class TooLargeError(InvalidError):
    """A body, a batch or an entry is over its limit."""

    code = "too_large"
    template = "{what} is over its limit of {limit} {unit}"
    what: str
    limit: int
    unit: str


# --- who may ----------------------------------------------------------------------------------


class UnauthenticatedError(DeniedError):
    """No API key, or one that is unknown, expired or revoked."""

    code = "unauthenticated"
    template = "a valid API key is needed: Authorization: Bearer tb_<id>_<secret>"


@dataclass(eq=False)
class ScopeError(DeniedError):
    """The API key does not carry the scope, or is of another book."""

    code = "scope_missing"
    template = "this needs an API key of this book with the scope {scope}"
    scope: str


@dataclass(eq=False)
class CapacityError(DeniedError):
    """An entry of this kind needs a capacity that the caller does not have."""

    code = "capacity_missing"
    template = "{kind} must be posted by {needed}"
    kind: str
    needed: str


@dataclass(eq=False)
class AuditorWritesError(DeniedError):
    """The auditor 监事 reads everything and writes nothing."""

    code = "auditor_writes"
    template = "{kind} is not posted by {capacity}: the auditor reads and writes nothing"
    kind: str
    capacity: str


class MetricsDeniedError(DeniedError):
    """The figures of the service are not for everybody."""

    code = "metrics_denied"
    template = "the figures are for this machine only, or for who sends the token set for them"


# --- what does not exist ----------------------------------------------------------------------


@dataclass(eq=False)
class UnknownBookError(MissingError):
    """No book has this slug."""

    code = "unknown_book"
    template = "there is no book {book}"
    book: str


@dataclass(eq=False)
class UnknownEntryError(MissingError):
    """No entry has this seq."""

    code = "unknown_entry"
    template = "there is no entry {seq}"
    seq: int


@dataclass(eq=False)
class UnknownMemberError(MissingError):
    """No holder has this id or number, or they were forgotten."""

    code = "unknown_member"
    template = "there is no member {member}"
    member: str


@dataclass(eq=False)
class UnknownKeyError(MissingError):
    """No API key has this id."""

    code = "unknown_key"
    template = "there is no API key {key}"
    key: str


@dataclass(eq=False)
class UnknownReportError(MissingError):
    """No report has this name."""

    code = "unknown_report"
    template = "there is no report {report}"
    report: str


@dataclass(eq=False)
class UnknownPresetError(MissingError):
    """No preset of policy has this name."""

    code = "unknown_preset"
    template = "there is no preset {preset}"
    preset: str


# --- clashes ----------------------------------------------------------------------------------


@dataclass(eq=False)
class IdempotencyConflictError(ConflictError):
    """The idempotency key was used before for something else."""

    code = "idempotency_conflict"
    template = "this idempotency key was used before with another request"


@dataclass(eq=False)
class AlreadyDefinedError(ConflictError):
    """A definition exists and is never changed."""

    code = "already_defined"
    template = "{what} {name} is defined already"
    what: str
    name: str


@dataclass(eq=False)
class AlreadyReversedError(ConflictError):
    """The entry has been reversed; a second reversal is not possible."""

    code = "already_reversed"
    template = "entry {seq} was reversed by entry {by}"
    seq: int
    by: int


@dataclass(eq=False)
class AlreadyUsedError(ConflictError):
    """What may be said once, such as a task's service or a receipt number, was said before."""

    code = "already_used"
    template = "{scope} {value} stands in entry {seq} already"
    scope: str
    value: str
    seq: int


@dataclass(eq=False)
class StaleStateError(ConflictError):
    """The thing is no longer in the state that the command needs."""

    code = "stale_state"
    template = "{what}: {reason}"
    what: str
    reason: str


# --- rules of the book ------------------------------------------------------------------------


@dataclass(eq=False)
class UnknownKindError(RefusedError):
    """The kind is not in the registry: a verifier answers "cannot check", never "fine"."""

    code = "unknown_kind"
    template = "the kind {kind} is not in the registry"
    kind: str


@dataclass(eq=False)
class FactsError(RefusedError):
    """The public facts do not fit the kind."""

    code = "facts_invalid"
    template = "public.{field}: {reason}"
    field: str
    reason: str


@dataclass(eq=False)
class LegPatternError(RefusedError):
    """A leg is outside the patterns of its kind, or their number is."""

    code = "leg_not_allowed"
    template = "{kind}, leg {leg}: {reason}"
    kind: str
    leg: int
    reason: str


@dataclass(eq=False)
class UnknownAccountError(RefusedError):
    """A leg names an account that was never opened."""

    code = "unknown_account"
    template = "there is no account {account}"
    account: str


@dataclass(eq=False)
class AccountClosedError(RefusedError):
    """A leg names a closed account."""

    code = "account_closed"
    template = "the account {account} is closed"
    account: str


@dataclass(eq=False)
class UnknownCommodityError(RefusedError):
    """A leg names a commodity that was never defined."""

    code = "unknown_commodity"
    template = "there is no commodity {commodity}"
    commodity: str


@dataclass(eq=False)
class LotError(RefusedError):
    """A leg lacks its lot, has one where none belongs, or names one that is not registered."""

    code = "lot_invalid"
    template = "{commodity}: {reason}"
    commodity: str
    lot: str
    reason: str


@dataclass(eq=False)
class InsufficientBalanceError(RefusedError):
    """A holding account would go below its floor."""

    code = "insufficient_balance"
    template = "{account} has {balance} {commodity}, {shortfall} too few"
    account: str
    commodity: str
    lot: str
    balance: int
    shortfall: int


@dataclass(eq=False)
class OverflowingBalanceError(RefusedError):
    """The sum of what came in or went out would pass 2^53-1."""

    code = "balance_overflow"
    template = "the sums of {account} in {commodity} would pass 2^53-1"
    account: str
    commodity: str


@dataclass(eq=False)
class PeriodClosedError(RefusedError):
    """The day lies in a closed period."""

    code = "period_closed"
    template = "{day} is in the period closed until {closed_until}; post it with a later day"
    day: str
    closed_until: str


@dataclass(eq=False)
class DayError(RefusedError):
    """The day is after the day of posting, or before what must come first, or ends no period."""

    code = "day_invalid"
    template = "{day}: {reason}"
    day: str
    reason: str


@dataclass(eq=False)
class ContinuationError(RefusedError):
    """A continuation names nothing that can be continued, or more than is left of it."""

    code = "continuation_invalid"
    template = "entry {seq}: {reason}"
    seq: int
    reason: str


@dataclass(eq=False)
class NothingLeftError(RefusedError):
    """More is settled, released or returned than is left."""

    code = "over_remaining"
    template = "of entry {seq} {remaining} is left, {asked} was asked"
    seq: int
    remaining: int
    asked: int


@dataclass(eq=False)
class NotReversibleError(RefusedError):
    """A reversal, or an entry without legs, cannot be reversed."""

    code = "not_reversible"
    template = "entry {seq} ({kind}) cannot be reversed"
    seq: int
    kind: str


@dataclass(eq=False)
class ReferredError(RefusedError):
    """A fact names an entry that is of another kind than it should be."""

    code = "reference_invalid"
    template = "public.{field}: entry {seq} is no {kind}"
    field: str
    seq: int
    kind: str


@dataclass(eq=False)
class SamePersonError(RefusedError):
    """One person stands where two different ones must: whoever handles never verifies."""

    code = "same_person"
    template = "{role} and {other} must be different people"
    role: str
    other: str


@dataclass(eq=False)
class FigureError(RefusedError):
    """A figure is not what policy, or what was filed before, makes it."""

    code = "figure_wrong"
    template = "{field}: must be {expected}, not {found}"
    field: str
    expected: int
    found: int


@dataclass(eq=False)
class TooFewHouseholdsError(RefusedError):
    """A delivery round for so few that one could tell who was helped; it waits for the next."""

    code = "too_few_households"
    template = "a round is for {needed} households or waits for the next; this is for {households}"
    households: int
    needed: int


@dataclass(eq=False)
class NoDifferenceError(RefusedError):
    """What was counted is what the book says, so that there is nothing to post."""

    code = "no_difference"
    template = "what was counted at {account} is what the book says; there is nothing to post"
    account: str


@dataclass(eq=False)
class PolicyMissingError(RefusedError):
    """No policy in force says what is needed, such as a tariff or a price."""

    code = "policy_missing"
    template = "no {setting} of {what} is in force on {day}"
    setting: str
    what: str
    day: str


@dataclass(eq=False)
class OverCapError(RefusedError):
    """More than policy allows a member on one day."""

    code = "over_cap"
    template = "{setting} is {limit} {commodity}, of which {used} are used"
    setting: str
    commodity: str
    limit: int
    used: int


@dataclass(eq=False)
class NothingExpiredError(RefusedError):
    """Of what came in until a day, everything has been spent."""

    code = "nothing_expired"
    template = "of the {commodity} that came in until {until} nothing is left to expire"
    commodity: str
    until: str


@dataclass(eq=False)
class LotExpiredError(RefusedError):
    """The lot is past its last day."""

    code = "lot_expired"
    template = "{commodity} {lot} expired after {expires}"
    commodity: str
    lot: str
    expires: str


@dataclass(eq=False)
class LotRecalledError(RefusedError):
    """The lot was recalled; it only leaves as spoiled."""

    code = "lot_recalled"
    template = "{commodity} {lot} was recalled by entry {seq}"
    commodity: str
    lot: str
    seq: int


@dataclass(eq=False)
class FundRestrictedError(RefusedError):
    """The money of a fund may not be used so."""

    code = "fund_restricted"
    template = "{fund} {reason}"
    fund: str
    reason: str


@dataclass(eq=False)
class HolderGoneError(RefusedError):
    """The member has left; nothing moves on their accounts."""

    code = "member_left"
    template = "the member {member} has left"
    member: str


@dataclass(eq=False)
class NotSettledError(RefusedError):
    """An account, a member or a lot cannot end while it holds something."""

    code = "not_settled"
    template = "{what} still holds {balance} {commodity}"
    what: str
    commodity: str
    lot: str
    balance: int


@dataclass(eq=False)
class ProofError(RefusedError):
    """A proof or an opening does not show what it should."""

    code = "proof_invalid"
    template = "the proof does not hold: {reason}"
    reason: str


# --- the service itself -----------------------------------------------------------------------


@dataclass(eq=False)
class ClockJumpError(FaultError):
    """The clock and the log disagree by more than two days; the operator decides."""

    code = "clock_jump"
    template = "the clock says {today}, {reference} says {expected}: the operator must look at it"
    today: str
    reference: str
    expected: str


@dataclass(eq=False)
class BusyError(FaultError):
    """The database could not serve this now; the same request may be sent again."""

    code = "busy"
    template = "the service is busy; try again in {retry_after_seconds} s"
    retry_after_seconds: int


@dataclass(eq=False)
class TooManyWaitingError(BusyError):
    """As many wait for new entries as may; the same request may be sent again."""

    code = "too_many_waiting"
    template = "too many wait for new entries; ask again in {retry_after_seconds} s"


@dataclass(eq=False)
class NotReadyError(BusyError):
    """The service cannot serve now."""

    code = "not_ready"
    template = "the service is not ready: {reason}"
    reason: str


@dataclass(eq=False)
class ConfigurationError(FaultError):
    """A setting is missing or wrong."""

    code = "configuration"
    template = "{setting}: {reason}"
    setting: str
    reason: str


@dataclass(eq=False)
class LogBrokenError(FaultError):
    """Replay found an entry that cannot be right."""

    code = "log_broken"
    template = "entry {seq}: {reason}"
    seq: int
    reason: str


@dataclass(eq=False)
class ReportMismatchError(FaultError):
    """A report does not agree with the trial balance, so it is not given."""

    code = "report_mismatch"
    template = "{figure}: the entries make {expected}, the balances {found}; run timebank verify"
    figure: str
    expected: int
    found: int


@dataclass(eq=False)
class CannotCheckError(FaultError):
    """Replay met something it has no rule for, so it must not say that all is well."""

    code = "cannot_check"
    template = "entry {seq}: cannot check: {reason}"
    seq: int
    reason: str


@dataclass(eq=False)
class BackupError(FaultError):
    """A backup is damaged, does not fit, or cannot be read by this version."""

    code = "backup_unfit"
    template = "{file}: {reason}"
    file: str
    reason: str


@dataclass(eq=False)
class NotEmptyError(ConflictError):
    """A backup is restored into an empty database only."""

    code = "database_not_empty"
    template = "the database is not empty, it holds books ({books}): a backup needs an empty one"
    books: int
