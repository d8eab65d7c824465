// An ESME on the npm package `smpp`, driven by JSON lines on standard input and answering with JSON lines:
//   {"bind": "transceiver", "port": 2775, "system_id": "acme", "password": "secret"}
//   {"pdu": "submit_sm", "fields": {"destination_addr": "447400123456", "udh": "050003010201"}}
//   {"close": true}
// Every request is answered by one line with the response's command and status. A deliver_sm is acknowledged and
// printed as it comes.
'use strict';

const readline = require('readline');
const smpp = require('smpp');

smpp.addTLV('vendor_note', { id: 0x1400, type: smpp.types.tlv.cstring });

let session;

const print = (line) => process.stdout.write(JSON.stringify(line) + '\n');

function answer(pdu) {
  print({
    answer: pdu.command,
    status: pdu.command_status,
    message_id: pdu.message_id || '',
    unsuccess: (pdu.unsuccess_sme || []).map((u) => ({ address: u.destination_addr, status: u.error_status_code })),
  });
}

function bind(step) {
  session = smpp.connect({ url: `smpp://127.0.0.1:${step.port}` }, () => {
    session['bind_' + step.bind]({ system_id: step.system_id, password: step.password }, answer);
  });
  session.on('deliver_sm', (pdu) => {
    session.send(pdu.response());
    print({ deliver: pdu.receipted_message_id || '', to: pdu.destination_addr });
  });
  session.on('error', (error) => print({ error: String(error.message || error) }));
  session.on('close', () => print({ closed: true }));
}

function send(step) {
  const { udh, text, ...fields } = step.fields;
  if (udh) fields.short_message = { udh: Buffer.from(udh, 'hex'), message: text };
  else if (text !== undefined) fields.short_message = text;
  session.send(new smpp.PDU(step.pdu, fields), answer);
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const step = JSON.parse(line);
  if (step.bind) bind(step);
  else if (step.pdu) send(step);
  else if (step.close) session.unbind(answer);
}).on('close', () => { if (session) session.destroy(); });
