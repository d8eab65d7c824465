package probe

import "geogate/smpp"

// Credentials that nobody has.
const (
	wrongPassword = "wr0ng-pw"        // 8
	unknownID     = "nobody-there-hm" // 15 characters, as many as there may be
)

// binds is about who may bind, and as what.
func (t *Target) binds() []scenario {
	bind := func(number, sent, source, id, pw string, st smpp.Status) scenario {
		return t.simple(number, sent, source, exchange{
			octets: whole(t.bindRequest(trx, id, pw, 0x34)),
			want:   []expectation{answer(trx.Response(), bindSequence, st)},
			ends:   either,
		})
	}
	const noPassword, noSystemID = smpp.ESME_RINVPASWD, smpp.ESME_RINVSYSID
	list := []scenario{
		bind("C18a", "a bind with a wrong password", "s.5.1.3", t.SystemID, wrongPassword, noPassword),
		bind("C18b", "a bind with an unknown system_id", "s.5.1.3", unknownID, t.Password, noSystemID),
		bind("C18c", "a bind with a system_id of 16 characters", "s.5.2.1", unknownID+"-", t.Password, noSystemID),
		bind("C18d", "a bind with a password of 9 characters", "s.5.2.2", t.SystemID, wrongPassword+"!", noPassword),
	}
	for i := range list {
		list[i].alone = true // failed binds slow each other down
	}
	for i, version := range []byte{0x00, 0x33, 0x34, 0x50} {
		x := exchange{
			octets: whole(t.bindRequest(trx, t.SystemID, t.Password, version)),
			want:   []expectation{answer(trx.Response(), bindSequence, ok)},
		}
		sent := "interface_version " + hex(uint32(version))
		list = append(list, t.simple("C19"+string(rune('a'+i)), sent, "s.5.2.4", x))
	}
	return list
}
