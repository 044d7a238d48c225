// The main job step by step, reported as one line of JSON for the test that runs this.

import RunwayML, { toFile } from '@runwayml/sdk';

const client = new RunwayML();
const prompt = {
  model: 'gen4_turbo',
  promptText: 'the lighthouse keeper waves',
  ratio: '1280:720',
  duration: 5,
};

const upload = await client.uploads.createEphemeral({
  file: await toFile(Buffer.alloc(1024), 'first.png'),
});
const created = await client.imageToVideo.create({ ...prompt, promptImage: upload.uri });
const shown = await client.tasks.retrieve(created.id);
await client.tasks.delete(created.id);
const gone = await client.tasks.retrieve(created.id).catch((error) => error);
const organization = await client.organization.retrieve();

console.log(
  JSON.stringify({
    upload: upload.uri,
    estimate: created.estimatedCost.credits,
    status: shown.status,
    gone: [gone.constructor.name, gone.status],
    models: Object.keys(organization.tier.models),
  }),
);
