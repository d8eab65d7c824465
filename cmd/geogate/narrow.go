package main

import (
	"errors"
	"slices"
	"strings"
)

// classFlag narrows rules to classes, senderFlag to a sender. Neither takes an empty text: from a variable of a
// script that was never set, it would make a rule for everything of one for a little.
type (
	classFlag  []string
	senderFlag string
)

// UnmarshalText adds classes, with commas between.
func (f *classFlag) UnmarshalText(text []byte) error {
	list := strings.Split(string(text), ",")
	if slices.Contains(list, "") {
		return errors.New("a class is empty: name it, as premium, or leave the flag out for every open class")
	}
	*f = append(*f, list...)
	return nil
}

// UnmarshalText takes the sender.
func (f *senderFlag) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return errors.New("the sender is empty: name one, or leave the flag out for every sender")
	}
	*f = senderFlag(text)
	return nil
}
