package probe

import "geogate/smpp"

// traffic is about many PDUs at once.
func (t *Target) traffic() []scenario {
	const many = 2000
	storm := exchange{mode: trx}
	var links []byte
	for sequence := range uint32(many) {
		links = append(links, frame(smpp.IDEnquireLink, 10000+sequence, "")...)
		storm.want = append(storm.want, answer(smpp.IDEnquireLinkResp, 10000+sequence, ok))
	}
	storm.octets = whole(links)
	stormy := t.simple("D33a", "2000 enquire_link at once", "s.4.11", storm)
	stormy.alone = true
	return []scenario{stormy}
}
