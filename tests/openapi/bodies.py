"""Bodies as a client would write them: one per operation, and one with every field for some."""

from tests.openapi.runway import IMAGE, SOUND, VIDEO, Json

UPLOADED = "runway://ephemeral/clip"
SPEAKER = {"type": "runway-preset", "presetId": "Maya"}
FIRST = {"uri": IMAGE, "position": "first"}
LAST = {"uri": IMAGE, "position": "last"}

GEN4_TURBO: Json = {"model": "gen4_turbo", "promptImage": IMAGE, "ratio": "1280:720"}
VEO: Json = {"model": "veo3.1", "promptImage": [FIRST, LAST], "ratio": "1280:720", "duration": 8}
SEEDANCE: Json = {"model": "seedance2", "promptImage": IMAGE, "duration": "auto"}
WAN: Json = {"model": "wan3", "promptImage": IMAGE, "promptText": "a road", "ratio": "1280:720"}
GEN4_5: Json = {"model": "gen4.5", "promptText": "a road", "ratio": "1280:720", "duration": 5}
SEEDANCE_2_5: Json = {"model": "seedance2_5", "promptText": "a road"}
GROK: Json = {"model": "grok_imagine_1_5", "promptText": "a road"}
ALEPH: Json = {"model": "aleph2", "videoUri": VIDEO}
SEEDANCE_EDIT: Json = {"model": "seedance2_5", "promptVideo": VIDEO, "promptText": "snow", "mode": "edit"}
GEN4_IMAGE: Json = {"model": "gen4_image", "promptText": "a road", "ratio": "1280:720"}
GEMINI_IMAGE: Json = {"model": "gemini_image3_pro", "promptText": "a road", "ratio": "1344:768"}
SEEDREAM: Json = {"model": "seedream5_lite", "promptText": "a road", "ratio": "2050:2048"}
ELEVEN_V3: Json = {"model": "eleven_v3", "promptText": "Hello", "voice": SPEAKER}
SOUND_EFFECT: Json = {"model": "eleven_text_to_sound_v2", "promptText": "rain"}
STS: Json = {
    "model": "eleven_multilingual_sts_v2",
    "media": {"type": "audio", "uri": SOUND},
    "voice": SPEAKER,
}
DUBBING: Json = {"model": "eleven_voice_dubbing", "audioUri": SOUND, "targetLang": "de"}
ISOLATION: Json = {"model": "eleven_voice_isolation", "audioUri": SOUND}
VIDEO_TO_AUDIO: Json = {"model": "mirelo_sfx_2_0", "videoUri": VIDEO, "duration": 5}
HDR: Json = {"model": "ruby", "videoUri": UPLOADED}
VIDEO_UPSCALE: Json = {"model": "magnific_video_upscaler_creative", "videoUri": VIDEO}
IMAGE_UPSCALE: Json = {"model": "magnific_precision_upscaler_v2", "imageUri": IMAGE}
ACT_TWO: Json = {
    "model": "act_two",
    "character": {"type": "image", "uri": IMAGE},
    "reference": {"type": "video", "uri": VIDEO},
}
AVATAR: Json = {
    "model": "gwm1_avatars",
    "avatar": {"type": "runway-preset", "presetId": "influencer"},
    "speech": {"type": "text", "text": "Hello"},
}
LOCALIZATION: Json = {"version": "2026-06", "referenceImage": {"uri": IMAGE}, "targetLanguage": "ja"}
STOCK_IMAGE: Json = {"version": "2026-06", "prompt": "a cup"}
SHOTS: Json = {
    "version": "2026-06",
    "mode": "custom",
    "shots": [{"prompt": "a cup", "duration": 5} for _ in range(3)],
}
PRODUCT_AD: Json = {"version": "2026-07", "productImages": [{"uri": IMAGE}]}
CAMPAIGN: Json = {"version": "2026-06", "image": {"uri": IMAGE}, "prompt": "a cup"}
SWAP: Json = {
    "version": "2026-06",
    "referenceVideo": {"uri": VIDEO},
    "originalProductImage": {"uri": IMAGE},
    "newProductImages": [{"uri": IMAGE}],
}
UGC: Json = {"version": "2026-06", "characterImage": {"uri": IMAGE}, "productImage": {"uri": IMAGE}}
ROUTED: Json = {"configId": "cheap-video", "input": {"promptText": "a road"}}
ROUTED_AUDIO: Json = {"configId": "cheap-audio", "input": {"promptText": "Hello", "type": "speech"}}
RUN: Json = {"nodeOutputs": {"node-1": {"image": {"type": "image", "uri": IMAGE}}}}
UPLOAD: Json = {"filename": "clip.mp4", "type": "ephemeral"}
USAGE: Json = {"startDate": "2026-11-01", "beforeDate": "2026-11-03"}
ROUTER: Json = {"slug": "cheap-video", "settings": {"optimizeFor": "cost"}}
NEW_AVATAR: Json = {
    "name": "Guide",
    "personality": "Kind and brief.",
    "referenceImage": IMAGE,
    "voice": {"type": "runway-live-preset", "presetId": "clara"},
}
SESSION: Json = {"model": "gwm1_avatars", "avatar": {"type": "custom", "avatarId": "avatar-1"}}
DOCUMENT: Json = {"name": "Opening hours", "content": "Nine to five."}
VOICE: Json = {"name": "Narrator", "from": {"type": "audio", "audio": SOUND}}
PREVIEW: Json = {"model": "eleven_ttv_v3", "prompt": "An old sailor with a deep voice"}

ACCEPTED: list[tuple[str, Json]] = [
    *(("image_to_video", body) for body in (GEN4_TURBO, VEO, SEEDANCE, WAN)),
    *(("text_to_video", body) for body in (GEN4_5, SEEDANCE_2_5, GROK)),
    *(("video_to_video", body) for body in (ALEPH, SEEDANCE_EDIT | {"duration": "auto"})),
    *(("text_to_image", body) for body in (GEN4_IMAGE, GEMINI_IMAGE, SEEDREAM)),
    ("text_to_speech", ELEVEN_V3),
    ("sound_effect", SOUND_EFFECT),
    ("speech_to_speech", STS),
    ("voice_dubbing", DUBBING),
    ("voice_isolation", ISOLATION),
    ("video_to_audio", VIDEO_TO_AUDIO),
    ("video_to_hdr", HDR),
    ("video_upscale", VIDEO_UPSCALE),
    ("image_upscale", IMAGE_UPSCALE),
    ("character_performance", ACT_TWO),
    ("avatar_videos", AVATAR),
    ("recipes_ad_localization", LOCALIZATION),
    ("recipes_marketing_stock_image", STOCK_IMAGE),
    ("recipes_multi_shot_video", SHOTS),
    ("recipes_product_ad", PRODUCT_AD),
    ("recipes_product_campaign_image", CAMPAIGN),
    ("recipes_product_swap", SWAP),
    ("recipes_product_ugc", UGC),
    ("generate_video", ROUTED),
    ("generate_image", ROUTED),
    ("generate_audio", ROUTED_AUDIO),
    ("workflows_run", RUN),
    ("uploads_create_ephemeral", UPLOAD),
    ("organization_retrieve_usage", USAGE),
    ("routers_create", ROUTER),
    ("routers_update", {"name": "Cheaper", "settings": {"maxCreditsPerGeneration": None}}),
    ("avatars_create", NEW_AVATAR),
    ("avatars_update", {"startScript": None}),
    ("realtime_sessions_create", SESSION),
    ("documents_create", DOCUMENT),
    ("documents_update", {"name": "Hours"}),
    ("voices_create", VOICE),
    ("voices_update", {"description": None}),
    ("voices_preview", PREVIEW),
]
"""One body for every operation that takes one, more where models differ."""
