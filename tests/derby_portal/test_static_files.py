from __future__ import annotations

from pathlib import Path

from django.core.files.base import ContentFile

from derby_portal.static_files import StaticFiles

SOURCES = {
    "js/one.js": 'import { two } from "./parts/two.js";\ntwo(() => import("./three.js"));\n',
    "js/three.js": "export const three = 3;\n",
    "js/parts/two.js": 'import { three } from "../three.js";\nexport const two = three;\n',
    # Other people's, with a source that is not shipped.
    "theirs/lib.js": 'import { gone } from "./gone.js";\n',
}


def test_our_modules_import_each_other_by_hashed_names(tmp_path: Path) -> None:
    storage = StaticFiles(location=str(tmp_path), base_url="/static/")
    for name, source in SOURCES.items():
        storage.save(name, ContentFile(source.encode()))
    hashed = {
        name: new
        for name, new, _ in storage.post_process({name: (storage, name) for name in SOURCES})
        if name in SOURCES
    }

    def text(name: str) -> str:
        return (tmp_path / hashed[name]).read_text()

    two, three = Path(hashed["js/parts/two.js"]).name, Path(hashed["js/three.js"]).name
    assert text("js/one.js") == (
        f'import {{ two }} from "./parts/{two}";\ntwo(() => import("./{three}"));\n'
    )
    assert f'from "../{three}";' in text("js/parts/two.js")
    assert '"./gone.js"' in text("theirs/lib.js")
