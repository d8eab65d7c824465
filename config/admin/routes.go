package admin

// routes adds every operation.
func (s *Server) routes() {
	s.nodeRoutes()
	s.accountRoutes()
	s.regionRoutes()
	s.namedRoutes()
	s.decideRoutes()
	s.refusalRoutes()
}

const (
	get    = "GET"
	put    = "PUT"
	post   = "POST"
	patch  = "PATCH"
	remove = "DELETE"
)
