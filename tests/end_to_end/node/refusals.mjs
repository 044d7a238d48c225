// What a refused create looks like to the user of Runway's SDK for Node, as one line of JSON.

import RunwayML from '@runwayml/sdk';

const prompt = {
  model: 'gen4_turbo',
  promptImage: 'https://example.com/lighthouse.jpg',
  promptText: 'the lighthouse at noon',
  ratio: '1280:720',
  duration: 5,
};
const attempts = [];
const counting = (url, init) => {
  attempts.push(url);
  return fetch(url, init);
};

async function refused(change, options = {}) {
  attempts.length = 0;
  const client = new RunwayML({ fetch: counting, ...options });
  const error = await client.imageToVideo.create({ ...prompt, ...change }).catch((error) => error);
  return { kind: error.constructor.name, status: error.status, code: error.error?.code, attempts: attempts.length };
}

console.log(
  JSON.stringify({
    'too dear': await refused({ duration: 10 }),
    'another model': await refused({ model: 'gen4.5' }),
    'an invalid body': await refused({ ratio: '1:1' }),
    'an unknown key': await refused({}, { apiKey: 'rwgw_nobody' }),
  }),
);
