"""Whoever names another person for a row says whose it is: what merges remembered of it goes."""

from django.db import migrations

ALLER = """
CREATE FUNCTION socle_oublier_les_liens(nom text, la_ligne uuid, ancienne uuid) RETURNS void
LANGUAGE sql AS $$
    -- An alias leads straight to the kept file, so each merge that led this row there is of one
    -- of its aliases.
    DELETE FROM socle_lienpersonne l USING socle_fusion f, socle_personne p
    WHERE p.alias_de_id = $3 AND f.alias_id = p.uuid AND f.annulee_le IS NULL
      AND l.fusion_id = f.uuid AND l."table" = $1 AND l.ligne = $2
$$;

CREATE OR REPLACE FUNCTION socle_suivre_l_alias() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE gardee uuid;
BEGIN
    -- The lock that the foreign key will take: a merge of this file comes before or after.
    SELECT alias_de_id INTO gardee FROM socle_personne WHERE uuid = NEW.personne_id FOR KEY SHARE;
    IF TG_OP = 'UPDATE' THEN
        -- From an alias to its kept file, or from there to what is an alias no more: that is the
        -- merge itself, or its undoing. All the rest is somebody's word.
        IF gardee IS NOT NULL OR NOT EXISTS (
            SELECT FROM socle_fusion
            WHERE annulee_le IS NULL AND (
                (alias_id = OLD.personne_id AND gardee_id = NEW.personne_id)
                OR (alias_id = NEW.personne_id AND gardee_id = OLD.personne_id)
            )
        ) THEN
            PERFORM socle_oublier_les_liens(TG_TABLE_NAME, NEW.uuid, OLD.personne_id);
        END IF;
    END IF;
    IF gardee IS NOT NULL THEN
        PERFORM socle_lier_a_l_alias(NEW.personne_id, TG_TABLE_NAME, NEW.uuid);
        NEW.personne_id := gardee;
    END IF;
    RETURN NEW;
END $$;
"""

RETOUR = """
CREATE OR REPLACE FUNCTION socle_suivre_l_alias() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE gardee uuid;
BEGIN
    SELECT alias_de_id INTO gardee FROM socle_personne WHERE uuid = NEW.personne_id FOR KEY SHARE;
    IF gardee IS NOT NULL THEN
        PERFORM socle_lier_a_l_alias(NEW.personne_id, TG_TABLE_NAME, NEW.uuid);
        NEW.personne_id := gardee;
    END IF;
    RETURN NEW;
END $$;
DROP FUNCTION socle_oublier_les_liens(text, uuid, uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("socle", "0007_codes")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
