package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"geogate/rules/numplan"
)

// settings are the lower-case fields of an account.
type settings struct {
	home      numplan.Region
	parent    string
	detached  bool // inherit=no
	monitor   bool
	suspended bool
	exact     bool // nanp=exact
	classes   numplan.ClassSet
	dial      numplan.DialSettings
	dialHome  bool // dial was not written: home says it
	verbatim  bool // dial.rewrite=verbatim
	reject    *statuses
	upstream  string
}

// statuses are the command_status of refusals, by their reasons.
type statuses [NumReasons]uint32

// plainStatuses are those of an account that sets none.
var plainStatuses = func() (list statuses) {
	for r := range NumReasons {
		list[r] = r.Status()
	}
	return list
}()

// setting is how one field is read.
type setting struct {
	name    string
	initial string // its default, as `account show` prints it
	read    func(s *settings, plan *numplan.Plan, value string) error
}

// settingTable lists every setting but reject and reject.<reason>.
var settingTable = []setting{
	{"home", "none", readHome},
	{"parent", "none", func(s *settings, _ *numplan.Plan, v string) error {
		s.parent = v
		return checkName("account", v)
	}},
	{"inherit", "yes", choice(func(s *settings, n int) { s.detached = n == 1 }, "yes", "no")},
	{"status", "active", choice(func(s *settings, n int) { s.monitor, s.suspended = n == 1, n == 2 },
		"active", "monitor", "suspended")},
	{"nanp", "pair", choice(func(s *settings, n int) { s.exact = n == 1 }, "pair", "exact")},
	{"classes", ordinaryNames(), readClasses},
	{"dial", "home", readDial},
	{"dial.ton0", "international", readings(func(s *settings, r numplan.Reading) { s.dial.TON0 = r },
		numplan.ReadInternational, numplan.ReadNational)},
	{"dial.ton2", "national", readings(func(s *settings, r numplan.Reading) { s.dial.TON2 = r },
		numplan.ReadNational, numplan.ReadInternational, numplan.ReadReject)},
	{"dial.ton5", "lenient", readings(func(s *settings, r numplan.Reading) { s.dial.TON5 = r },
		numplan.ReadLenient, numplan.ReadReject)},
	{"dial.npi", "0,1,8,9", readNPIs},
	{"dial.idd", "those of dial, and 00", readIDD},
	{"dial.rewrite", "canonical", choice(func(s *settings, n int) { s.verbatim = n == 1 }, "canonical", "verbatim")},
	{"dial.noncanonical", "reject", readings(func(s *settings, r numplan.Reading) { s.dial.Noncanonical = r },
		numplan.ReadReject, numplan.ReadRewrite)},
	{"upstream", "the default one", func(s *settings, _ *numplan.Plan, v string) error {
		s.upstream = v
		return checkName("upstream", v)
	}},
}

const rejectPrefix = "reject"

// isSetting reports whether a field is a setting rather than a rule.
func isSetting(field string) bool {
	return field == rejectPrefix || strings.HasPrefix(field, rejectPrefix+".") ||
		slices.ContainsFunc(settingTable, func(s setting) bool { return s.name == field })
}

func settingNames() string {
	names := make([]string, 0, len(settingTable)+2)
	for _, s := range settingTable {
		names = append(names, s.name)
	}
	return strings.Join(append(names, rejectPrefix, rejectPrefix+".REASON"), ", ")
}

// newSettings are the defaults.
func newSettings() settings {
	return settings{classes: numplan.Ordinary, dialHome: true, reject: &plainStatuses}
}

// parseSettings reads the settings of a hash, all faults at once.
func parseSettings(plan *numplan.Plan, hash map[string]string, fault func(field, problem, cure string)) settings {
	s := newSettings()
	for _, known := range settingTable {
		if value, ok := hash[known.name]; ok {
			if err := known.read(&s, plan, value); err != nil {
				fault(known.name, err.Error(), "the default is "+known.initial)
			}
		}
	}
	if s.dialHome {
		s.dial.Region = s.home
	}
	s.readRejects(hash, fault)
	return s
}

// readRejects reads reject, which is for every refusal of a permission, and reject.<reason>, which is
// narrower. reject leaves alone what a client ought to retry: policy_unavailable and throttled.
func (s *settings) readRejects(hash map[string]string, fault func(field, problem, cure string)) {
	const cure = "an SMPP error status is needed, as 0x0000000B or ESME_RINVDSTADR"
	own := plainStatuses
	if value, ok := hash[rejectPrefix]; ok {
		status, err := parseStatus(value)
		if err != nil {
			fault(rejectPrefix, err.Error(), cure)
		}
		for r := range NumReasons {
			if r.Status() == statusInvalidDest {
				own[r] = status
			}
		}
	}
	for field, value := range hash {
		name, ok := strings.CutPrefix(field, rejectPrefix+".")
		if !ok {
			continue
		}
		reason, known := ParseReason(name)
		status, err := parseStatus(value)
		switch {
		case !known:
			fault(field, fmt.Sprintf("%q is no reason", name), "the reasons are "+reasonList())
		case err != nil:
			fault(field, err.Error(), cure)
		default:
			own[reason] = status
		}
	}
	if own != plainStatuses {
		s.reject = &own
	}
}

// statusNames are the statuses that a refusal can sensibly have, by the names of SMPP 3.4 s.5.1.3.
var statusNames = map[string]uint32{
	"ESME_RINVMSGLEN": 0x01, "ESME_RINVCMDID": 0x03, "ESME_RINVBNDSTS": 0x04, "ESME_RINVPRTFLG": 0x06,
	"ESME_RINVREGDLVFLG": 0x07, "ESME_RSYSERR": 0x08, "ESME_RINVSRCADR": 0x0A, "ESME_RINVDSTADR": 0x0B,
	"ESME_RINVMSGID": 0x0C, "ESME_RBINDFAIL": 0x0D, "ESME_RMSGQFUL": 0x14, "ESME_RINVSERTYP": 0x15,
	"ESME_RINVNUMDESTS": 0x33, "ESME_RINVDLNAME": 0x34, "ESME_RINVDESTFLAG": 0x40, "ESME_RINVSUBREP": 0x42,
	"ESME_RINVESMCLASS": 0x43, "ESME_RSUBMITFAIL": 0x45, "ESME_RINVSRCTON": 0x48, "ESME_RINVSRCNPI": 0x49,
	"ESME_RINVDSTTON": 0x50, "ESME_RINVDSTNPI": 0x51, "ESME_RINVSYSTYP": 0x53, "ESME_RTHROTTLED": 0x58,
	"ESME_RINVSCHED": 0x61, "ESME_RINVEXPIRY": 0x62, "ESME_RINVDFTMSGID": 0x63, "ESME_RX_T_APPN": 0x64,
	"ESME_RX_P_APPN": 0x65, "ESME_RX_R_APPN": 0x66, "ESME_RDELIVERYFAILURE": 0xFE, "ESME_RUNKNOWNERR": 0xFF,
}

// parseStatus reads an error status: a name, or a number in decimal or after 0x. 0 is success and no refusal,
// and a 0 in front of decimal digits is taken for octal by some and not by others.
func parseStatus(text string) (uint32, error) {
	if status, ok := statusNames[text]; ok {
		return status, nil
	}
	digits, base := text, 10
	if hex, ok := strings.CutPrefix(text, "0x"); ok {
		digits, base = hex, 16
	}
	status, err := strconv.ParseUint(digits, base, 32)
	if err != nil || status == 0 || base == 10 && digits[0] == '0' {
		return statusInvalidDest, fmt.Errorf("%q is no error status", text)
	}
	return uint32(status), nil
}

// choice reads one of a few words and hands on its place.
func choice(set func(s *settings, n int), words ...string) func(*settings, *numplan.Plan, string) error {
	return func(s *settings, _ *numplan.Plan, value string) error {
		n := slices.Index(words, value)
		if n < 0 {
			return fmt.Errorf("%q is none of %s", value, strings.Join(words, ", "))
		}
		set(s, n)
		return nil
	}
}

func readings(set func(*settings, numplan.Reading), list ...numplan.Reading) func(*settings, *numplan.Plan, string) error {
	words := make([]string, len(list))
	for i, r := range list {
		words[i] = r.String()
	}
	return choice(func(s *settings, n int) { set(s, list[n]) }, words...)
}

// readHome takes a region, or a number whose region it is.
func readHome(s *settings, plan *numplan.Plan, value string) error {
	if digits, ok := strings.CutPrefix(value, "+"); ok {
		if err := checkDigits(value, digits, numplan.MinDigits, numplan.MaxDigits); err != nil {
			return err
		}
		s.home = plan.Lookup([]byte(digits)).Region
		if s.home == numplan.NoRegion {
			return fmt.Errorf("%s is a number of no region", numplan.Mask(value))
		}
		return nil
	}
	var err error
	s.home, err = parseRegion(value)
	return err
}

func readDial(s *settings, _ *numplan.Plan, value string) (err error) {
	if value == "home" {
		return nil
	}
	s.dialHome = false
	s.dial.Region, err = parseRegion(value)
	return err
}

func parseRegion(code string) (numplan.Region, error) {
	r, ok := numplan.ParseRegion(code)
	if !ok {
		return 0, fmt.Errorf("%q is no region: ISO 3166-1 alpha-2 in capitals is needed, or XK, AC, TA", code)
	}
	return r, nil
}

func readClasses(s *settings, _ *numplan.Plan, value string) error {
	s.classes = 0
	for _, name := range strings.Split(value, ",") {
		c, ok := numplan.ParseClass(strings.TrimSpace(name))
		if !ok {
			return fmt.Errorf("class %q is none of %s", name, numplan.ClassNames())
		}
		s.classes |= numplan.Classes(c)
	}
	return nil
}

func ordinaryNames() string {
	var names []string
	for c := range numplan.AllClasses() {
		if numplan.Ordinary.Has(c) {
			names = append(names, c.String())
		}
	}
	return strings.Join(names, ",")
}

func readNPIs(s *settings, _ *numplan.Plan, value string) error {
	s.dial.NPIs = []byte{}
	for _, text := range strings.Split(value, ",") {
		npi, err := strconv.ParseUint(strings.TrimSpace(text), 10, 8)
		if err != nil {
			return fmt.Errorf("%q is no numbering plan indicator: 0 to 255", text)
		}
		if npi == npiLandMobile {
			return fmt.Errorf("6 is the plan of IMSIs (E.212), which are never numbers")
		}
		s.dial.NPIs = append(s.dial.NPIs, byte(npi))
	}
	return nil
}

// npiLandMobile is E.212 (SMPP 3.4 s.5.2.6).
const npiLandMobile = 6

func readIDD(s *settings, _ *numplan.Plan, value string) error {
	for _, prefix := range strings.Split(value, ",") {
		prefix = strings.TrimSpace(prefix)
		if err := checkDigits("", prefix, 1, 8); err != nil {
			return err
		}
		s.dial.IDD = append(s.dial.IDD, prefix)
	}
	return nil
}
