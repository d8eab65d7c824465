package numplan

import (
	"iter"
	"strings"
)

// Class is what kind of service a number is, in the words of permissions and of libphonenumber's types.
type Class uint8

// The classes. Unassigned is the zero value: a number of no known type.
const (
	Unassigned Class = iota
	Mobile
	Fixed
	FixedOrMobile
	VoIP
	UAN
	TollFree
	Voicemail
	Premium
	SharedCost
	Personal
	Pager
	Satellite
	IntlNetwork
	IntlPremium
	IntlFreephone
	IntlShared
	UPT
	numClasses
)

var classNames = [numClasses]string{
	"unassigned", "mobile", "fixed", "fixed_or_mobile", "voip", "uan", "toll_free", "voicemail", "premium",
	"shared_cost", "personal", "pager", "satellite", "intl_network", "intl_premium", "intl_freephone", "intl_shared",
	"upt",
}

// String is the class as rules and answers spell it.
func (c Class) String() string {
	if c >= numClasses {
		return "class?"
	}
	return classNames[c]
}

// ParseClass reads what String writes.
func ParseClass(name string) (Class, bool) {
	for c, known := range classNames {
		if name == known {
			return Class(c), true
		}
	}
	return 0, false
}

// ClassNames lists all classes, for an error that names the allowed values.
func ClassNames() string { return strings.Join(classNames[:], ", ") }

// ClassSet is a set of classes.
type ClassSet uint32

// Classes makes a set.
func Classes(list ...Class) ClassSet {
	var s ClassSet
	for _, c := range list {
		s |= 1 << c
	}
	return s
}

// Has reports whether c is in the set.
func (s ClassSet) Has(c Class) bool { return s>>c&1 == 1 }

// Ordinary are the classes that an allow opens without naming them. The others cost the sender more than a
// message, or reach no subscriber of a country: satellite and premium numbers are what pumping is about.
const Ordinary = ClassSet(1<<Unassigned | 1<<Mobile | 1<<Fixed | 1<<FixedOrMobile | 1<<VoIP | 1<<UAN | 1<<TollFree |
	1<<Voicemail)

// AllClasses yields every class.
func AllClasses() iter.Seq[Class] {
	return func(yield func(Class) bool) {
		for c := range numClasses {
			if !yield(c) {
				return
			}
		}
	}
}
