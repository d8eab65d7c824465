package rules

import (
	"slices"
	"strings"
)

// Verdict is what becomes of a message. The zero value refuses.
type Verdict uint8

// The verdicts.
const (
	Refuse Verdict = iota
	Forward
)

// String is the verdict as answers spell it.
func (v Verdict) String() string {
	if v == Forward {
		return "forward"
	}
	return "refuse"
}

// Reason is why a verdict is what it is: one vocabulary for logs, metrics, answers and the command line. The
// zero value is the refusal of those who were never told anything.
type Reason uint8

// The reasons.
const (
	PolicyUnavailable Reason = iota // no policy, or one that is too old
	Default                         // no rule opens it
	RuleNumber                      // a rule of that rung decided
	RuleRange
	RuleRegion
	RuleCode
	RuleAny
	Locked           // a lock stops it
	ClassNotOpen     // rules open the number's region, but not its class
	NANPPair         // US and CA need each other
	AccountSuspended // the account, or one above it
	AccountUnknown
	ShortDest        // a short code that no rule opens
	MalformedDest    // not readable as a number
	NPIUnsupported   // a numbering plan that is not accepted
	TONUnsupported   // a type of number without an international reading
	NoncanonicalDest // the numbering plan spells the number otherwise
	DistributionList // a list of the message centre's, whose members nobody here knows
	BroadcastClosed  // broadcast_sm, which goes anywhere, from an account to which not everything is open
	Throttled        // over the bind's throughput
	NumReasons       // how many there are
)

var reasonNames = [NumReasons]string{
	PolicyUnavailable: "policy_unavailable", Default: "default", RuleNumber: "rule_number", RuleRange: "rule_range",
	RuleRegion: "rule_region", RuleCode: "rule_code", RuleAny: "rule_any", Locked: "locked",
	ClassNotOpen: "class_not_open", NANPPair: "nanp_pair", AccountSuspended: "account_suspended",
	AccountUnknown: "account_unknown", ShortDest: "short_dest", MalformedDest: "malformed_dest",
	NPIUnsupported: "npi_unsupported", TONUnsupported: "ton_unsupported", NoncanonicalDest: "noncanonical_dest",
	DistributionList: "distribution_list", BroadcastClosed: "broadcast_closed", Throttled: "throttled",
}

// String is the reason as answers, logs and metrics spell it.
func (r Reason) String() string {
	if r >= NumReasons {
		return "reason?"
	}
	return reasonNames[r]
}

// Reasons lists all reasons, for metrics that exist before the first message.
func Reasons() []Reason {
	list := make([]Reason, NumReasons)
	for i := range list {
		list[i] = Reason(i)
	}
	return list
}

// ParseReason reads what String writes.
func ParseReason(name string) (Reason, bool) {
	for r, known := range reasonNames {
		if name == known {
			return Reason(r), true
		}
	}
	return 0, false
}

func reasonList() string { return strings.Join(reasonNames[:], ", ") }

// Command statuses of refusals (SMPP 3.4 s.5.1.3). ESME_RINVDSTADR is the one that clients take as final:
// Kannel retries 0x08, 0x14, 0x58 and 0x64, and pauses its whole bind on 0x58.
const (
	statusSystemError = 0x00000008 // ESME_RSYSERR
	statusInvalidDest = 0x0000000B // ESME_RINVDSTADR
	statusQueueFull   = 0x00000014 // ESME_RMSGQFUL
	statusThrottled   = 0x00000058 // ESME_RTHROTTLED
	statusTemporary   = 0x00000064 // ESME_RX_T_APPN
)

// retried reports whether senders take a status for one that passes by itself.
func retried(status uint32) bool {
	return slices.Contains([]uint32{statusSystemError, statusQueueFull, statusThrottled, statusTemporary}, status)
}

// Status is the command_status that a refusal for the reason has unless the account sets another.
func (r Reason) Status() uint32 {
	switch r {
	case PolicyUnavailable:
		return statusSystemError
	case Throttled:
		return statusThrottled
	}
	return statusInvalidDest
}

// Action is what a rule does with the numbers that it matches. The zero value blocks.
type Action uint8

// The actions.
const (
	Block   Action = iota
	Allow          // forward numbers of the open classes
	Observe        // forward, and report what a traffic guard would have limited
	Trust          // forward, exempt from traffic guards
	Lock           // refuse, and nothing below may override it
	numActions
)

var actionNames = [numActions]string{"block", "allow", "observe", "trust", "lock"}

// String is the action as rules spell it.
func (a Action) String() string {
	if a >= numActions {
		return "action?"
	}
	return actionNames[a]
}

// Forwards reports whether the action lets a number through.
func (a Action) Forwards() bool { return a == Allow || a == Observe || a == Trust }

// ParseAction reads what String writes.
func ParseAction(name string) (Action, bool) {
	for a, known := range actionNames {
		if name == known {
			return Action(a), true
		}
	}
	return 0, false
}
