// Does with Runway's SDK for Node what it is told: an order is a line of JSON, and so is its answer. Orders are
// carried out as they come, side by side. The SDK's waits between polls pass a hundred times as fast.

import { createInterface } from 'node:readline';
import RunwayML from '@runwayml/sdk';

const BETWEEN_POLLS = { min: 4500, max: 7500 };
const wait = globalThis.setTimeout;
globalThis.setTimeout = (call, ms, ...rest) =>
  wait(call, BETWEEN_POLLS.min <= ms && ms <= BETWEEN_POLLS.max ? ms / 100 : ms, ...rest);

const deeds = {
  create: (client, prompt, options) => client.imageToVideo.create(prompt, options),
  retrieve: (client, id) => client.tasks.retrieve(id),
  delete: (client, id) => client.tasks.delete(id),
  wait: (client, id, timeout) => client.tasks.retrieve(id).waitForTaskOutput({ timeout }),
};
const clients = new Map();

function clientWith(options) {
  const name = JSON.stringify(options);
  if (!clients.has(name)) clients.set(name, new RunwayML(options));
  return clients.get(name);
}

async function done(order) {
  try {
    return { value: (await deeds[order.deed](clientWith(order.options), ...order.with)) ?? null };
  } catch (error) {
    return { error: error.constructor.name, status: error.status ?? null };
  }
}

async function obey(order) {
  console.log(JSON.stringify({ number: order.number, ...(await done(order)) }));
}

for await (const line of createInterface({ input: process.stdin })) obey(JSON.parse(line));
