package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"geogate/rules"
	"geogate/rules/numplan"
)

// TwilioPermission is one country, as Twilio's Messaging Geo Permissions give it.
type TwilioPermission struct {
	CountryCode   string   `json:"country_code" example:"FR"`
	Type          string   `json:"type" example:"country"`
	Enabled       bool     `json:"enabled" doc:"what holds, whatever was asked for"`
	ErrorCode     *int     `json:"error_code" doc:"30649: the country is high risk or locked; null: no error"`
	ErrorMessages []string `json:"error_messages"`
	Prefix        string   `json:"prefix,omitempty" example:"+33"`
	Message       string   `json:"message,omitempty"`
}

type twilioPermissions struct {
	Permissions []TwilioPermission `json:"permissions"`
}

// twilioError is an error as Twilio's clients read it.
type twilioError struct {
	Code     int    `json:"code"`
	Message  string `json:"message"`
	MoreInfo string `json:"more_info"`
	Status   int    `json:"status"`
}

// Error implements error.
func (e *twilioError) Error() string { return e.Message }

// GetStatus implements huma.StatusError.
func (e *twilioError) GetStatus() int { return e.Status }

// Codes of Twilio's errors.
const (
	twilioInvalid      = 20001
	twilioAuthenticate = 20003
	twilioForbidden    = 20403
	twilioNotFound     = 20404
	twilioTooMany      = 20429
	twilioLocked       = 30649 // the country is high risk, or locked
)

var twilioCodes = map[int]int{
	http.StatusUnauthorized: twilioAuthenticate, http.StatusForbidden: twilioForbidden,
	http.StatusNotFound: twilioNotFound, http.StatusTooManyRequests: twilioTooMany,
}

// asTwilio spells a problem as Twilio's clients read it.
func asTwilio(p *Problem) *twilioError {
	e := &twilioError{Code: twilioCodes[p.Status], Message: p.Detail, MoreInfo: "/openapi.json", Status: p.Status}
	if e.Code == 0 {
		e.Code = twilioInvalid
	}
	if p.Cure != "" {
		e.Message += ": " + p.Cure
	}
	return e
}

const twilioPath = "/v1/Messaging/GeoPermissions"

func (s *Server) twilioRoutes() {
	register(s, operation{
		method: get, path: twilioPath, id: "twilio-permissions", role: Customer, tag: "twilio", basic: true,
		summary: "The countries of an account, as Twilio's Messaging Geo Permissions give them",
	}, s.twilioList)
	register(s, operation{
		method: patch, path: twilioPath, id: "twilio-update", role: Customer, tag: "twilio", basic: true,
		summary: "Open and close countries, as Twilio's Messaging Geo Permissions do",
	}, s.twilioUpdate)
	item := s.api.OpenAPI().Paths[twilioPath]
	for _, op := range []*huma.Operation{item.Get, item.Patch} {
		for status, response := range op.Responses {
			if status[0] == '4' || status[0] == '5' {
				response.Content = map[string]*huma.MediaType{
					"application/json": {Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[twilioError](), true, "")},
				}
			}
		}
	}
}

// twilioCustomer is who asks, with the account that it asks for: always as a customer of that account.
func (s *Server) twilioCustomer(ctx context.Context, p *principal) (*principal, *view, error) {
	user, _ := ctx.Value(userKey{}).(string)
	v, err := s.reader.view(ctx)
	if err != nil {
		return nil, nil, err
	}
	if _, err := v.account(p, user); err != nil || user == rules.PlatformAccount {
		return nil, nil, problem(http.StatusUnauthorized, "the token is not for that account", "send the account's id as the user, and a token for it as the password")
	}
	return &principal{p.id, p.name, Customer, user}, v, nil
}

type twilioFilter struct {
	CountryCode string `query:"CountryCode" doc:"only this country"`
}

func (s *Server) twilioList(ctx context.Context, p *principal, in *twilioFilter) (*body[twilioPermissions], error) {
	as, v, err := s.twilioCustomer(ctx, p)
	if err != nil {
		return nil, err
	}
	list := twilioPermissions{[]TwilioPermission{}}
	risky := v.riskyRegions()
	for _, state := range s.states(v, as, as.account) {
		if in.CountryCode == "" || strings.EqualFold(in.CountryCode, state.Region) {
			list.Permissions = append(list.Permissions, twilioState(state, risky[state.Region]))
		}
	}
	if len(list.Permissions) == 0 {
		return nil, badRequest("there is no country "+in.CountryCode, "two letters of ISO 3166 are needed, as FR")
	}
	return answer(list)
}

// twilioState is a country without any change.
func twilioState(state RegionState, risky bool) TwilioPermission {
	one := TwilioPermission{
		CountryCode: state.Region, Type: "country", Enabled: state.State != "blocked", ErrorMessages: []string{},
		Prefix: callingCode(state.Region),
	}
	switch {
	case state.LockedBy != "":
		one.Message = "locked by your provider"
	case risky:
		one.Message = "high risk of SMS pumping: ask your provider"
	case state.Inherited && state.Rule.Account == above:
		one.Message = "as your provider has set it"
	}
	return one
}

// twilioChange is one element of Permissions.
type twilioChange struct {
	CountryCode string `json:"country_code"`
	Type        string `json:"type"`
	Enabled     *bool  `json:"enabled"`
}

// maxTwilioChanges is more than there are countries.
const maxTwilioChanges = 1000

func (s *Server) twilioUpdate(ctx context.Context, p *principal, in *struct {
	RawBody []byte `contentType:"application/x-www-form-urlencoded"`
}) (*body[twilioPermissions], error) {
	if !p.customer() && !p.mayAtLeast(Operator) {
		return nil, forbidden("the role "+string(p.role)+" may not change permissions", "use a token with the role operator, or the customer's")
	}
	as, _, err := s.twilioCustomer(ctx, p)
	if err != nil {
		return nil, err
	}
	asked, err := twilioChanges(in.RawBody)
	if err != nil {
		return nil, err
	}
	change := RegionChanges{Reason: "Twilio-compatible API"}
	for _, c := range asked {
		if twilioFault(c) != "" {
			continue
		}
		action := rules.Block
		if *c.Enabled {
			action = rules.Allow
		}
		change.Changes = append(change.Changes, RegionChange{c.CountryCode, action.String()})
	}
	v, refused, err := s.setRegions(ctx, as, as.account, "", change)
	if err != nil {
		return nil, err
	}
	states := map[string]RegionState{}
	for _, state := range s.states(v, as, as.account) {
		states[state.Region] = state
	}
	list := twilioPermissions{[]TwilioPermission{}}
	for _, c := range asked {
		code := strings.ToUpper(c.CountryCode)
		one := TwilioPermission{CountryCode: code, Type: "country", Enabled: states[code].State == "allowed" || states[code].State == "observed", ErrorMessages: []string{}}
		if fault := twilioFault(c); fault != "" {
			one.fail(twilioInvalid, fault)
		} else {
			one.refused(refused[0])
			refused = refused[1:]
		}
		list.Permissions = append(list.Permissions, one)
	}
	return answer(list)
}

func (t *TwilioPermission) fail(code int, message string) {
	t.ErrorCode, t.ErrorMessages = &code, []string{message}
}

// refused says why a change was left out. One that a later one overrides is no error: the state is what holds.
func (t *TwilioPermission) refused(why refusedRegion) {
	switch why {
	case lockedRegion, riskyRegion:
		t.fail(twilioLocked, "Geo permission cannot be changed: the country is "+string(why))
	case unknownRegion:
		t.fail(twilioInvalid, string(why))
	}
}

// twilioFault is what is wrong with an element by itself.
func twilioFault(c twilioChange) string {
	_, known := numplan.ParseRegion(strings.ToUpper(c.CountryCode))
	switch {
	case !known:
		return string(unknownRegion)
	case c.Type != "country":
		return fmt.Sprintf("type %q is not known: country is", c.Type)
	case c.Enabled == nil:
		return "enabled is missing: true or false is needed"
	}
	return ""
}

// twilioChanges reads the form field Permissions: a JSON array, or as Twilio's own clients send it, the field once for
// each object.
func twilioChanges(form []byte) ([]twilioChange, error) {
	const cure = `send the form field Permissions: [{"country_code":"FR","type":"country","enabled":true}]`
	values, err := url.ParseQuery(string(form))
	if err != nil {
		return nil, badRequest("the form cannot be read: "+err.Error(), cure)
	}
	changes := []twilioChange{}
	for _, text := range values["Permissions"] {
		list := []twilioChange{}
		one := twilioChange{}
		if strings.HasPrefix(strings.TrimSpace(text), "[") {
			err = json.Unmarshal([]byte(text), &list)
		} else if err = json.Unmarshal([]byte(text), &one); err == nil {
			list = append(list, one)
		}
		if err != nil {
			return nil, badRequest("Permissions is no JSON of such objects: "+err.Error(), cure)
		}
		changes = append(changes, list...)
	}
	if len(changes) == 0 || len(changes) > maxTwilioChanges {
		return nil, badRequest(fmt.Sprintf("Permissions names %d countries, and 1 to %d are needed", len(changes), maxTwilioChanges), cure)
	}
	return changes, nil
}
