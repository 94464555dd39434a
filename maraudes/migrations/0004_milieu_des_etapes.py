"""A stop is of its round's milieu.

Each stop keeps a copy of its round's milieu, which no model knows: two foreign keys then refuse,
without a race, what a look at the other table would let through.
"""

from django.db import migrations

ALLER = """
ALTER TABLE maraudes_maraude ADD CONSTRAINT maraude_et_milieu UNIQUE (uuid, milieu);
ALTER TABLE maraudes_secteur ADD CONSTRAINT secteur_et_milieu UNIQUE (uuid, milieu);
ALTER TABLE maraudes_etape ADD COLUMN milieu varchar(10);
UPDATE maraudes_etape e SET milieu = m.milieu FROM maraudes_maraude m WHERE m.uuid = e.maraude_id;
ALTER TABLE maraudes_etape ALTER COLUMN milieu SET NOT NULL;
ALTER TABLE maraudes_etape
    ADD CONSTRAINT etape_du_milieu_de_la_maraude
        FOREIGN KEY (maraude_id, milieu) REFERENCES maraudes_maraude (uuid, milieu)
        ON UPDATE CASCADE ON DELETE CASCADE,
    -- Deferrable, for who replaces the stops and the milieu of a round at once.
    ADD CONSTRAINT etape_du_milieu_du_secteur
        FOREIGN KEY (secteur_id, milieu) REFERENCES maraudes_secteur (uuid, milieu)
        DEFERRABLE INITIALLY IMMEDIATE;
CREATE INDEX etape_secteur_milieu ON maraudes_etape (secteur_id, milieu);

CREATE FUNCTION maraudes_donner_milieu_a_l_etape() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT milieu INTO NEW.milieu FROM maraudes_maraude WHERE uuid = NEW.maraude_id;
    RETURN NEW;
END $$;
CREATE TRIGGER etape_milieu BEFORE INSERT OR UPDATE OF maraude_id ON maraudes_etape
    FOR EACH ROW EXECUTE FUNCTION maraudes_donner_milieu_a_l_etape();
"""

RETOUR = """
DROP TRIGGER etape_milieu ON maraudes_etape;
DROP FUNCTION maraudes_donner_milieu_a_l_etape();
ALTER TABLE maraudes_etape DROP COLUMN milieu;
ALTER TABLE maraudes_secteur DROP CONSTRAINT secteur_et_milieu;
ALTER TABLE maraudes_maraude DROP CONSTRAINT maraude_et_milieu;
"""


class Migration(migrations.Migration):
    dependencies = [("maraudes", "0003_suppression")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
