// A client that uses only Node.js. It sends its JSON in the header and in the body, as the documentation's curl samples do.
import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

const { BASE_URL, COUNTERPARTY_ID } = process.env;

async function call(desk, path, parameters) {
  await pause(3); // the nonce is the time in milliseconds
  const text = JSON.stringify({ ...parameters, nonce: Date.now(), request: path });
  const payload = Buffer.from(text).toString('base64');
  const response = await fetch(BASE_URL + path, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-GEMINI-APIKEY': process.env[`${desk}_KEY`],
      'X-GEMINI-PAYLOAD': payload,
      'X-GEMINI-SIGNATURE': createHmac('sha384', process.env[`${desk}_SECRET`]).update(payload).digest('hex'),
    },
    body: text,
    signal: AbortSignal.timeout(20_000),
  });
  const result = await response.json();
  console.log(JSON.stringify(result));
  return result;
}

const terms = { symbol: 'btcusd', amount: '100', price: '9500.00' };
const order = { counterparty_id: COUNTERPARTY_ID, expires_in_hrs: 24, ...terms, side: 'buy' };

let { clearing_id } = await call('INITIATOR', '/v1/clearing/new', order);
await call('INITIATOR', '/v1/clearing/status', { clearing_id });
await call('COUNTERPARTY', '/v1/clearing/confirm', { clearing_id, ...terms, side: 'sell' });

({ clearing_id } = await call('INITIATOR', '/v1/clearing/new', order));
await call('INITIATOR', '/v1/clearing/cancel', { clearing_id });
await call('INITIATOR', '/v1/clearing/status', { clearing_id });
