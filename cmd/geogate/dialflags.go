package main

import (
	"fmt"
	"strings"

	"geogate/rules"
	"geogate/rules/numplan"
)

// dialFlags are the dialling habits that `number` reads by: the dial settings of an account, as flags.
type dialFlags struct {
	Dial         string `help:"Region whose habits read national numbers." placeholder:"REGION"`
	DialTON0     string `name:"dial-ton0" help:"How bare digits with TON 0 are read: international or national." placeholder:"HOW"`
	DialTON2     string `name:"dial-ton2" help:"TON 2: national, international or reject." placeholder:"HOW"`
	DialTON5     string `name:"dial-ton5" help:"TON 5 with digits: lenient or reject." placeholder:"HOW"`
	DialNPI      string `name:"dial-npi" help:"Accepted numbering plan indicators, as 0,1,8,9." placeholder:"LIST"`
	DialIDD      string `name:"dial-idd" help:"International prefixes, as 00,011." placeholder:"LIST"`
	Noncanonical string `name:"dial-noncanonical" help:"A number that the plan spells otherwise: reject or rewrite." placeholder:"HOW"`
}

// dial compiles the flags by the rules of the settings they are named after.
func (f dialFlags) dial() (*numplan.Dial, error) {
	hash := map[string]string{}
	for field, value := range map[string]string{
		"dial": f.Dial, "dial.ton0": f.DialTON0, "dial.ton2": f.DialTON2, "dial.ton5": f.DialTON5,
		"dial.npi": f.DialNPI, "dial.idd": f.DialIDD, "dial.noncanonical": f.Noncanonical,
	} {
		if value != "" {
			hash[field] = value
		}
	}
	dial, faults := rules.Dial(numplan.Default(), hash)
	var problems []string
	for _, fault := range faults {
		problems = append(problems, fmt.Sprintf("--%s: %s", strings.ReplaceAll(fault.Field, ".", "-"), fault.Problem))
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("%s", strings.Join(problems, "; "))
	}
	return dial, nil
}
