// The npm package smpp as a server, as its README shows one: node npm-smpp.js PORT
const smpp = require('smpp');
let messages = 0;
smpp.createServer((session) => {
  session.on('error', () => {}); // an error without a listener ends the program
  for (const bind of ['bind_transceiver', 'bind_receiver', 'bind_transmitter']) {
    session.on(bind, (pdu) => session.send(pdu.response({ system_id: 'npm' })));
  }
  for (const submit of ['submit_sm', 'submit_multi']) {
    session.on(submit, (pdu) => session.send(pdu.response({ message_id: String(++messages) })));
  }
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => {
    session.send(pdu.response());
    session.close();
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
