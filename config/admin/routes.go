package admin

// routes adds every operation.
func (s *Server) routes() {
	s.nodeRoutes()
	s.accountRoutes()
	s.regionRoutes()
	s.namedRoutes()
	s.decideRoutes()
	s.refusalRoutes()
	s.ruleRoutes()
	s.bulkRoutes()
	s.lifeRoutes()
	s.namedWrites()
	s.freezeRoutes()
	s.previewRoutes()
	s.historyRoutes()
	s.twilioRoutes()
}

const (
	get    = "GET"
	put    = "PUT"
	post   = "POST"
	patch  = "PATCH"
	remove = "DELETE"
)
