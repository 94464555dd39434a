"""Operations of migrations that go on under the service's feet."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently

INVALIDE = """
SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relname = %s AND NOT i.indisvalid AND pg_table_is_visible(c.oid)
"""


class AjouterIndex(AddIndexConcurrently):
    """An index that is made while everybody writes, and that can be taken up again.

    It waits for whoever was there before it, were it a backup of an hour, and holds up nobody
    meanwhile: it has no time limit. A try that was cut off leaves an index that serves nothing
    and has the name: it goes first.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.collect_sql:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        with schema_editor.connection.cursor() as curseur:
            curseur.execute("SHOW lock_timeout")
            (limite,) = curseur.fetchone()
            curseur.execute("SELECT set_config('lock_timeout', '0', false)")
            curseur.execute(INVALIDE, [self.index.name])
            if curseur.fetchone() is not None:
                nom = schema_editor.quote_name(self.index.name)
                curseur.execute(f"DROP INDEX CONCURRENTLY {nom}")
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            curseur.execute("SELECT set_config('lock_timeout', %s, false)", [limite])
