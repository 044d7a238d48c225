// A first script with Runway's SDK for Node. It knows no gateway: address and key come from the environment.

import RunwayML, { TaskFailedError } from '@runwayml/sdk';

const client = new RunwayML();

try {
  const task = await client.imageToVideo
    .create({
      model: 'gen4_turbo',
      promptImage: 'https://example.com/lighthouse.jpg',
      promptText: 'the beam of the lighthouse turns over the sea',
      ratio: '1280:720',
      duration: 5,
    })
    .waitForTaskOutput();
  console.log(task.output[0]);
} catch (error) {
  if (!(error instanceof TaskFailedError)) throw error;
  console.error('The clip failed:', error.taskDetails);
  process.exitCode = 1;
}
