package admin

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"geogate/config/store/storetest"
)

// basic is the header of a customer, as Twilio's clients send it.
func (d *desk) basic(account, who string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(account+":"+d.token(who)))
}

func TestTwilio(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, tree...)
	header := d.basic("acme", "customer:acme")
	form := "Content-Type: application/x-www-form-urlencoded"
	update := func(permissions string) (list twilioPermissions) {
		t.Helper()
		d.do("", "PATCH", twilioPath, "Permissions="+url.QueryEscape(permissions), header, form).want(200).into(&list)
		return list
	}
	var list twilioPermissions
	d.do("", "GET", twilioPath+"?CountryCode=FR", "", header).want(200).has(`"prefix":"+33"`).into(&list)
	if len(list.Permissions) != 1 || !list.Permissions[0].Enabled {
		t.Errorf("FR is %+v", list.Permissions)
	}
	d.do("", "GET", twilioPath, "", header).want(200).hasNot(strangers...).into(&list)
	if len(list.Permissions) < 240 {
		t.Errorf("only %d countries", len(list.Permissions))
	}

	list = update(`[{"country_code":"IT","type":"country","enabled":true},{"country_code":"NG","type":"country","enabled":true},
		{"country_code":"RU","type":"country","enabled":true},{"country_code":"FR","type":"country","enabled":false},
		{"country_code":"QQ","type":"country","enabled":true},{"country_code":"ES","type":"planet","enabled":true},
		{"country_code":"PT","type":"country"},{"country_code":"NL","type":"country","enabled":true}]`)
	for i, want := range []struct {
		code    string
		enabled bool
		err     int
	}{
		{"IT", true, 0}, {"NG", false, twilioLocked}, {"RU", false, twilioLocked}, {"FR", false, 0}, {"QQ", false, twilioInvalid},
		{"ES", false, twilioInvalid}, {"PT", false, twilioInvalid}, {"NL", false, twilioLocked},
	} {
		got := list.Permissions[i]
		code := 0
		if got.ErrorCode != nil {
			code = *got.ErrorCode
		}
		if got.CountryCode != want.code || got.Enabled != want.enabled || code != want.err || (code != 0) != (len(got.ErrorMessages) > 0) {
			t.Errorf("%+v with error %d, want %+v", got, code, want)
		}
	}
	d.verdict("acme", "393331234567", "forward", "rule_region")
	d.verdict("acme", "33612345678", "refuse", "rule_region")

	// What Twilio's client would throw, it can read.
	wrong := func(status, code int, r reply) {
		t.Helper()
		var e twilioError
		if r.into(&e); r.status != status || e.Code != code || e.Message == "" || e.Status != status {
			t.Errorf("%s: %d %s, want %d with %d", r.what, r.status, r.text, status, code)
		}
	}
	wrong(401, twilioAuthenticate, d.do("", "GET", twilioPath, ""))
	wrong(401, twilioAuthenticate, d.do("", "GET", twilioPath, "", d.basic("rival", "customer:acme")))
	wrong(401, twilioAuthenticate, d.do("", "GET", twilioPath, "", d.basic("reseller", "customer:acme")))
	wrong(401, twilioAuthenticate, d.do("", "GET", twilioPath, "", d.basic("platform", "operator")))
	wrong(401, twilioAuthenticate, d.do("", "PATCH", twilioPath, "Permissions=[]", d.basic("rival", "customer:acme"), form))
	wrong(403, twilioForbidden, d.do("", "PATCH", twilioPath, "Permissions=[]", d.basic("acme", "viewer"), form))
	for _, bad := range []string{"", "Permissions=[]", "Permissions=x", "Permissions=%5B1%5D", "%zz"} {
		wrong(400, twilioInvalid, d.do("", "PATCH", twilioPath, bad+"&", header, form))
	}
	wrong(400, twilioInvalid, d.do("", "GET", twilioPath+"?CountryCode=QQ", "", header))
}

// TestTwilioPackage has the official npm package list and change permissions.
func TestTwilioPackage(t *testing.T) {
	t.Parallel()
	modules, err := filepath.Abs("../../.work/npm/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(modules, "twilio"))
	}
	if err != nil {
		if os.Getenv("GEOGATE_TEST_ALL") != "" {
			t.Fatal("Node.js or the npm package twilio is missing: make deps")
		}
		t.Skip("Node.js or the npm package twilio is missing: make deps")
	}
	d := newDesk(t, nil, tree...)
	cmd := exec.CommandContext(t.Context(), node, "testdata/twilio.js", d.url, "acme", d.token("customer:acme"))
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var got struct {
		Listed int              `json:"listed"`
		Before TwilioPermission `json:"before"`
		Update []TwilioPermission
		After  TwilioPermission `json:"after"`
		Thrown twilioError      `json:"thrown"`
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got.Listed < 240 || got.Before.Enabled || !got.After.Enabled || got.After.Prefix != "+39" {
		t.Errorf("the package saw %s", out)
	}
	if len(got.Update) != 2 || !got.Update[0].Enabled || got.Update[1].Enabled || *got.Update[1].ErrorCode != twilioLocked {
		t.Errorf("its change came back as %+v", got.Update)
	}
	if got.Thrown.Status != 401 || got.Thrown.Code != twilioAuthenticate || !strings.Contains(got.Thrown.Message, "token") {
		t.Errorf("with a wrong token it throws %+v", got.Thrown)
	}
	storetest.Eventually(t, "Redis to hold it", func() bool { return d.field("account:acme", "IT") == "allow" })
}
