package admin

// twilioError is an error as Twilio's clients read it.
type twilioError struct {
	Code     int    `json:"code"`
	Message  string `json:"message"`
	MoreInfo string `json:"more_info"`
	Status   int    `json:"status"`
}

// Codes of Twilio's errors.
const (
	twilioAuthenticate = 20003
	twilioForbidden    = 20403
	twilioNotFound     = 20404
	twilioTooMany      = 20429
	twilioInvalid      = 20001
	twilioLocked       = 30649 // the country is high risk, or locked
)

func asTwilio(p *Problem) twilioError {
	code := map[int]int{401: twilioAuthenticate, 403: twilioForbidden, 404: twilioNotFound, 429: twilioTooMany}[p.Status]
	if code == 0 {
		code = twilioInvalid
	}
	message := p.Detail
	if p.Cure != "" {
		message += ": " + p.Cure
	}
	return twilioError{Code: code, Message: message, MoreInfo: "about:blank", Status: p.Status}
}
