package numplan

// How much of a number stays readable in a log: where it goes, and enough to tell two apart.
const (
	maskKeepFirst = 5
	maskKeepLast  = 2
)

// Mask hides the middle of a number, with or without its plus: "+44791*****56". A short one is hidden whole.
func Mask(number string) string {
	out := []byte(number)
	first := 0
	if len(out) > 0 && out[0] == '+' {
		first = 1
	}
	keep := first + maskKeepFirst
	if len(out)-maskKeepLast <= keep {
		keep = first
	}
	end := max(keep, len(out)-maskKeepLast)
	if keep == first {
		end = len(out)
	}
	for i := keep; i < end; i++ {
		out[i] = '*'
	}
	return string(out)
}
