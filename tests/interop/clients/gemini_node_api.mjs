// A client that uses the npm package gemini-node-api.
import { setTimeout as pause } from 'node:timers/promises';
import { AuthenticatedClient } from 'gemini-node-api';

const { BASE_URL, COUNTERPARTY_ID } = process.env;

function desk(name) {
  return new AuthenticatedClient({
    apiUri: BASE_URL,
    url: new URL(BASE_URL),
    key: process.env[`${name}_KEY`],
    secret: process.env[`${name}_SECRET`],
  });
}

async function print(call) {
  const response = await call;
  console.log(JSON.stringify(response));
  await pause(3); // the package's nonce is the time in milliseconds
  return response;
}

const initiator = desk('INITIATOR');
const counterparty = desk('COUNTERPARTY');
const terms = { symbol: 'btcusd', amount: '100', price: '9500.00' };
const order = { ...terms, counterparty_id: COUNTERPARTY_ID, expires_in_hrs: 24, side: 'buy' };

let { clearing_id } = await print(initiator.newClearingOrder(order));
await print(initiator.getClearingOrderStatus({ clearing_id }));
await print(counterparty.confirmClearingOrder({ clearing_id, ...terms, side: 'sell' }));

({ clearing_id } = await print(initiator.newClearingOrder(order)));
await print(initiator.cancelClearingOrder({ clearing_id }));
await print(initiator.getClearingOrderStatus({ clearing_id }));
