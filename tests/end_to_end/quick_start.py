"""A first script with Runway's SDK. It knows no gateway: address and key come from the environment."""

import sys

from runwayml import RunwayML, TaskFailedError

with RunwayML() as client:
    try:
        task = client.image_to_video.create(
            model="gen4_turbo",
            prompt_image="https://example.com/lighthouse.jpg",
            prompt_text="the beam of the lighthouse turns over the sea",
            ratio="1280:720",
            duration=5,
        ).wait_for_task_output()
    except TaskFailedError as failed:
        sys.exit(f"The clip failed: {failed.task_details}")

if task.status == "SUCCEEDED":
    sys.stdout.write(f"{task.output[0]}\n")
