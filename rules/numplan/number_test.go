package numplan

import "testing"

// TestSet has numbers of every length hold their digits, and nothing behind them.
func TestSet(t *testing.T) {
	t.Parallel()
	const all = "123456789012345"
	for n := range len(all) + 1 {
		var got Number
		got.set([]byte(all[:n]))
		want := Number{n: uint8(n)}
		copy(want.digits[:], all[:n])
		if got != want {
			t.Errorf("%d digits are held as %q", n, got.digits)
		}
	}
}
