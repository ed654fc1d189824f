// A client that uses the npm package ccxt.
import { setTimeout as pause } from 'node:timers/promises';
import ccxt from 'ccxt';

const { BASE_URL, COUNTERPARTY_ID } = process.env;

function desk(name) {
  const exchange = new ccxt.gemini({
    apiKey: process.env[`${name}_KEY`],
    secret: process.env[`${name}_SECRET`],
    timeout: 20_000,
  });
  exchange.urls.api = { public: BASE_URL, private: BASE_URL };
  return exchange;
}

async function print(call) {
  const response = await call;
  console.log(JSON.stringify(response));
  await pause(3); // the package's nonce is the time in milliseconds
  return response;
}

const initiator = desk('INITIATOR');
const counterparty = desk('COUNTERPARTY');
const terms = { symbol: 'BTCUSD', amount: '100', price: '9500.00' };
const order = { ...terms, counterparty_id: COUNTERPARTY_ID, expires_in_hrs: 24, side: 'buy' };

let { clearing_id } = await print(initiator.privatePostV1ClearingNew(order));
await print(initiator.privatePostV1ClearingStatus({ clearing_id }));
await print(counterparty.privatePostV1ClearingConfirm({ clearing_id, ...terms, side: 'sell' }));

({ clearing_id } = await print(initiator.privatePostV1ClearingNew(order)));
await print(initiator.privatePostV1ClearingCancel({ clearing_id }));
await print(initiator.privatePostV1ClearingStatus({ clearing_id }));
