// The official package `twilio`, pointed at Geogate through its public option httpClient.
// usage: node twilio.js URL ACCOUNT TOKEN
const twilio = require("twilio");
const [, , url, account, token] = process.argv;

// A client of the package's own kind that goes to another host.
class Elsewhere extends twilio.RequestClient {
  request(options) {
    const asked = new URL(options.uri);
    return super.request({ ...options, uri: url + asked.pathname + asked.search });
  }
}

// accountSid must begin with AC; who asks is the user name.
const client = (secret) =>
  twilio(account, secret, { accountSid: "AC00000000000000000000000000000000", httpClient: new Elsewhere() });

async function main() {
  const permissions = client(token).accounts.v1.messagingGeopermissions;
  const italy = async () => (await permissions.fetch({ countryCode: "IT" })).permissions[0];
  const listed = (await permissions.fetch()).permissions.length;
  const before = await italy();
  const update = (
    await permissions.update({
      permissions: [
        { country_code: "IT", type: "country", enabled: true },
        { country_code: "NG", type: "country", enabled: true },
      ],
    })
  ).permissions;
  const after = await italy();
  const thrown = await client("wrong")
    .accounts.v1.messagingGeopermissions.fetch()
    .catch((e) => ({ status: e.status, code: e.code, message: e.message }));
  console.log(JSON.stringify({ listed, before, update, after, thrown }));
}

main().catch((e) => {
  console.error(e);
  process.exit(1);
});
