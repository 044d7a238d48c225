"""A storyboard becomes films: for each scene a still, and a clip that begins with it.

It knows Runway's SDK and nothing of the mock: its address and its key come from the environment.
"""

from dataclasses import dataclass

from runwayml import BadRequestError, RunwayML, TaskFailedError

STILL_CREDITS = 5
CLIP_CREDITS_PER_SECOND = 5
TRIES = 2


class OverBudgetError(Exception):
    """The storyboard would cost more than it may; nothing was created."""


class ModeratedError(Exception):
    """A prompt was refused. It was paid for, and must not be sent again."""


@dataclass(frozen=True)
class Scene:
    prompt: str
    seconds: int

    @property
    def credits(self) -> int:
        return STILL_CREDITS + CLIP_CREDITS_PER_SECOND * self.seconds


def film(client: RunwayML, scenes: list[Scene], *, credits_max: int) -> list[str]:
    """The URLs of the clips, in the order of their scenes."""
    if sum(scene.credits for scene in scenes) > credits_max:
        raise OverBudgetError
    return [_clip(client, scene, _still(client, scene)) for scene in scenes]


def _still(client: RunwayML, scene: Scene) -> str:
    for attempt in range(1, TRIES + 1):
        try:
            created = client.text_to_image.create(
                model="gen4_image", prompt_text=scene.prompt, ratio="1280:720"
            )
            return _output(created.wait_for_task_output())
        except TaskFailedError as failed:
            _give_up_if_moderated(failed)
            if attempt == TRIES:
                raise
    raise AssertionError("the last try returns or raises")


def _clip(client: RunwayML, scene: Scene, still: str) -> str:
    try:
        created = client.image_to_video.create(
            model="gen4_turbo",
            prompt_image=still,
            prompt_text=scene.prompt,
            ratio="1280:720",
            duration=scene.seconds,
        )
    except BadRequestError as refused:
        if "enough credits" in str(refused):
            raise OverBudgetError from refused
        raise
    return _output(created.wait_for_task_output())


def _give_up_if_moderated(failed: TaskFailedError) -> None:
    details = failed.task_details
    if details.status == "FAILED" and (details.failure_code or "").startswith("SAFETY."):
        raise ModeratedError from failed


def _output(task: object) -> str:
    outputs: list[str] = getattr(task, "output", [])
    return outputs[0]
