package record

import "errors"

// errLocked says that another process writes to a chain.
var errLocked = errors.New("another process writes here")
