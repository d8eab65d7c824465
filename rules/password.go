package rules

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// What a hash may cost to check: a bind waits for it, and what is written for one must not starve the others.
const (
	minBcryptCost  = 4
	maxBcryptCost  = 15
	maxArgonMemory = 1 << 20 // KiB
	maxArgonPasses = 64
	maxArgonLanes  = 255
)

// checkHash wants an argon2id or bcrypt hash in the usual text form, which does not cost too much to check.
// What does not add up inside one refuses every password when it is checked. The text itself is never
// repeated.
func checkHash(text string) error {
	switch {
	case strings.HasPrefix(text, "$argon2id$"):
		return checkArgon2id(text)
	case strings.HasPrefix(text, "$2a$"), strings.HasPrefix(text, "$2b$"), strings.HasPrefix(text, "$2y$"):
		return checkBcrypt(text)
	}
	return errors.New("not an argon2id or bcrypt hash")
}

// checkBcrypt reads the cost of $2b$12$...
func checkBcrypt(text string) error {
	cost, _, ok := strings.Cut(text[len("$2b$"):], "$")
	if !ok {
		return nil
	}
	if n, err := strconv.ParseUint(cost, 10, 8); err != nil || n < minBcryptCost || n > maxBcryptCost {
		return fmt.Errorf("a bcrypt cost of %d to %d is needed", minBcryptCost, maxBcryptCost)
	}
	return nil
}

// checkArgon2id reads $argon2id$v=19$m=65536,t=3,p=4$salt$key, salt and key in base64 without padding.
func checkArgon2id(text string) error {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[2] != "v=19" {
		return errors.New("an argon2id hash is $argon2id$v=19$m=MEMORY,t=PASSES,p=LANES$SALT$KEY")
	}
	costs := strings.Split(parts[3], ",")
	if len(costs) != 3 {
		return errors.New("the costs of an argon2id hash are m=MEMORY,t=PASSES,p=LANES")
	}
	for i, cost := range []struct {
		name string
		most uint64
	}{{"m=", maxArgonMemory}, {"t=", maxArgonPasses}, {"p=", maxArgonLanes}} {
		digits, ok := strings.CutPrefix(costs[i], cost.name)
		n, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil || n < 1 || n > cost.most {
			return fmt.Errorf("an argon2id hash needs %s1 to %d", cost.name, cost.most)
		}
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	key, keyErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(salt) == 0 || len(key) == 0 || len(key) > 1024 {
		return errors.New("salt and key of an argon2id hash are base64 without padding")
	}
	return nil
}
