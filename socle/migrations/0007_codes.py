"""The database draws the codes of files: it alone knows which are taken."""

from django.db import migrations, models
from django.db.models import Value

from socle.models.personnes import NouveauCode

CODE = """
CREATE FUNCTION socle_nouveau_code(signes text, longueur integer) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    tirage bytea;
    nouveau text;
BEGIN
    LOOP
        -- As many as six random bytes of a version 4 identifier.
        tirage := uuid_send(gen_random_uuid());
        SELECT string_agg(substr(signes, get_byte(tirage, n) % length(signes) + 1, 1), '')
            INTO nouveau FROM generate_series(0, longueur - 1) AS n;
        -- Each question sees the rows that the statement around it wrote already.
        EXIT WHEN NOT EXISTS (SELECT FROM socle_personne WHERE code = nouveau);
    END LOOP;
    RETURN nouveau;
END $$;
"""

TIRE = NouveauCode(Value("ACDEFGHJKMNPQRTWXY3479"), Value(6))


class Migration(migrations.Migration):
    dependencies = [("socle", "0006_alias_suivis")]

    operations = [
        migrations.RunSQL(CODE, "DROP FUNCTION socle_nouveau_code(text, integer)"),
        migrations.AlterField(
            "personne",
            "code",
            models.CharField("code", max_length=12, unique=True, db_default=TIRE),
        ),
        migrations.AlterField(
            "personneevent", "code", models.CharField("code", max_length=12, db_default=TIRE)
        ),
    ]
