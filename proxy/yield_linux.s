// A function without a body, as goyield is here, needs a file of assembly in its package.
