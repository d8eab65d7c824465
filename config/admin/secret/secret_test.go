package secret

import (
	"strings"
	"testing"
)

func TestToken(t *testing.T) {
	t.Parallel()
	id, text := NewToken()
	if got, ok := TokenID(text); !ok || got != id {
		t.Errorf("the id of %q is %q, %v, and it was made as %q", text, got, ok, id)
	}
	if again, other := NewToken(); again == id || other == text {
		t.Error("two tokens are the same")
	}
	for _, wrong := range []string{"", "gg_", text[:len(text)-1], text + "A", strings.ToUpper(text), "xx" + text[2:]} {
		if got, ok := TokenID(wrong); ok {
			t.Errorf("%q passes as the token %q", wrong, got)
		}
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	h := Hash("right")
	if !Matches(h, "right") {
		t.Error("the text does not match its own hash")
	}
	for _, pair := range [][2]string{
		{h, "wrong"}, {h, ""}, {"", "right"}, {h[:len(h)-1], "right"},
		{strings.Replace(h, "t=2", "t=1", 1), "right"}, {strings.Replace(h, "$m=19456", "$m=99999999", 1), "right"},
	} {
		if Matches(pair[0], pair[1]) {
			t.Errorf("%q matches %q", pair[1], pair[0])
		}
	}
	if Hash("right") == h {
		t.Error("two hashes have the same salt")
	}
}
