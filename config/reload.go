package config

// Take returns what becomes of a running configuration when next is read while the process runs: next, with what
// was read once at the start as it is. waiting are the settings that differ and need a restart.
func (c *Config) Take(next *Config) (taken *Config, waiting []string) {
	t := *next
	t.Listen, t.Listeners, t.Admin = c.Listen, c.Listeners, c.Admin
	t.Redis, t.Record, t.API = c.Redis, c.Record, c.API
	t.Policy.Fail, t.Policy.MaxStaleness, t.Policy.Wait = c.Policy.Fail, c.Policy.MaxStaleness, c.Policy.Wait
	t.Log.Format = c.Log.Format
	return &t, Changed(&t, next)
}
