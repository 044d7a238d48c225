"""Uploads: the promise that Runway's API gives, and the form post that keeps it."""

import hmac

from mock_server import forms, refusals
from mock_server.asgi import Answer, BodyTooLarge, Request, json_answer
from mock_server.calls import Call
from mock_server.router import Parameters
from mock_server.side_door import Found, SideDoor
from mock_server.sniffing import sniffed
from mock_server.uploads import BYTES_MIN, Upload
from mock_server.world import World

FORM_PATH = "/_uploads/{id}"
FORM_BYTES = 256 * 1024  # what a form may have around its file
DONE = Answer(204)


async def begin(call: Call) -> Answer:
    world, tenant = call.world, call.tenant
    if wait_seconds := tenant.begin_upload():
        return refusals.too_many_uploads(retry_after=wait_seconds)
    upload = Upload(id=world.new_id(), filename=call.body["filename"], created=tenant.clock.now())
    if not tenant.uploads.add(upload, at_most=world.settings.bounds.uploads_per_tenant):
        limit = f"it keeps at most {world.settings.bounds.uploads_per_tenant} uploads for one API key."
        return refusals.limitation(429, limit)
    return json_answer(
        {
            "uploadUrl": call.public_origin + FORM_PATH.format(id=upload.id),
            "fields": upload.fields(world.secret),
            "runwayUri": upload.uri,
        }
    )


def _promised(world: World, _request: Request, parameters: Parameters) -> Found[Upload] | None:
    for tenant in world.tenants.values():
        upload = tenant.uploads.find(parameters["id"])
        if upload is not None:
            return None if upload.has_expired(tenant.advance()) else Found(tenant=tenant, thing=upload)
    return None


async def _read(world: World, request: Request, found: Found[Upload]) -> Answer:
    file_bytes_max = world.settings.bounds.upload_bytes
    try:
        form = await forms.read(request, bytes_max=file_bytes_max + FORM_BYTES)
    except forms.MalformedForm:
        return refusals.refusal(400, "The body is not a complete multipart form.")
    except BodyTooLarge:
        return refusals.refusal(400, "The file is too large.")
    return _accept(found.thing, form, secret=world.secret, bytes_max=file_bytes_max)


def _accept(upload: Upload, form: forms.Form, *, secret: bytes, bytes_max: int) -> Answer:
    for name, value in upload.fields(secret).items():
        if not hmac.compare_digest(form.fields.get(name, "").encode(), value.encode()):
            return refusals.refusal(403, f"The form field {name} is missing or was changed.")
    if form.size is None:
        return refusals.refusal(400, "The form holds no file.")
    if not BYTES_MIN <= form.size <= bytes_max:
        return refusals.refusal(400, f"A file has {BYTES_MIN} to {bytes_max} bytes.")
    upload.size, upload.digest, upload.sniffed = form.size, form.digest, sniffed(bytes(form.head))
    return DONE


FORM = SideDoor(
    name="upload",
    path=FORM_PATH,
    find=_promised,
    enter=_read,
    missing=refusals.refusal(403, "This upload is unknown or has expired."),
)
"""The form post: no key, only the fields that came with the promise, and the file."""
